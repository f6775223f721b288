/** Logins that were logged out, until the last of their tokens would have expired (contract 3.1). */
export const ENDED_SESSIONS = `
CREATE TABLE ended_sessions (sessionId TEXT PRIMARY KEY, untilS INTEGER NOT NULL) STRICT;
`;
