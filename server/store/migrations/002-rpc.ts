/** Rows of persistent RPC (contract 5), and the journal of their changes, which is kept when it is asked for. An index finds the unfinished ones at a start without reading the finished. */
export const RPC_ROWS = `
CREATE TABLE rpc (
  id TEXT PRIMARY KEY, createdTime INTEGER NOT NULL, tenantId TEXT NOT NULL,
  deviceId TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  expirationTime INTEGER NOT NULL, oneway INTEGER NOT NULL, method TEXT NOT NULL, params TEXT NOT NULL, retries INTEGER,
  additionalInfo TEXT, status TEXT NOT NULL, response TEXT, requestId INTEGER
) STRICT;
CREATE TABLE rpc_changes (rpcId TEXT NOT NULL, at INTEGER NOT NULL, status TEXT NOT NULL) STRICT;
CREATE INDEX rpc_of_device ON rpc (deviceId, createdTime);
CREATE INDEX rpc_unfinished ON rpc (createdTime) WHERE status IN ('QUEUED', 'SENT', 'DELIVERED', 'TIMEOUT');
`;
