/** The first schema. A migration is never changed once it has been released; the next change is the next file. */
export const INITIAL = `
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE tenants (id TEXT PRIMARY KEY, title TEXT NOT NULL UNIQUE, createdTime INTEGER NOT NULL) STRICT;
CREATE TABLE customers (
  id TEXT PRIMARY KEY, tenantId TEXT NOT NULL REFERENCES tenants (id), title TEXT NOT NULL, createdTime INTEGER NOT NULL,
  UNIQUE (tenantId, title)
) STRICT;
CREATE TABLE users (
  id TEXT PRIMARY KEY, createdTime INTEGER NOT NULL, tenantId TEXT NOT NULL, customerId TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE, authority TEXT NOT NULL, firstName TEXT, lastName TEXT, passwordHash TEXT NOT NULL
) STRICT;
CREATE TABLE device_profiles (
  id TEXT PRIMARY KEY, tenantId TEXT NOT NULL REFERENCES tenants (id), name TEXT NOT NULL, UNIQUE (tenantId, name)
) STRICT;
CREATE TABLE devices (
  id TEXT PRIMARY KEY, createdTime INTEGER NOT NULL, tenantId TEXT NOT NULL REFERENCES tenants (id), customerId TEXT NOT NULL,
  name TEXT NOT NULL, type TEXT NOT NULL, label TEXT, deviceProfileId TEXT NOT NULL, additionalInfo TEXT,
  UNIQUE (tenantId, name)
) STRICT;
CREATE TABLE credentials (
  id TEXT PRIMARY KEY, createdTime INTEGER NOT NULL,
  deviceId TEXT NOT NULL UNIQUE REFERENCES devices (id) ON DELETE CASCADE,
  credentialsType TEXT NOT NULL, credentialsId TEXT NOT NULL UNIQUE
) STRICT;
`;
