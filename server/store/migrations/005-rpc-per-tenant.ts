/**
 * The id of a persistent call is its caller's to choose (requestUUID, contract 4.2), so it is unique within a tenant only: an id
 * that another tenant uses is as free as any. The index of the unfinished calls begins with their status, so that counting them
 * reads nothing else.
 */
export const RPC_PER_TENANT = `
CREATE TABLE rpc_of_tenants (
  id TEXT NOT NULL, createdTime INTEGER NOT NULL, tenantId TEXT NOT NULL,
  deviceId TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  expirationTime INTEGER NOT NULL, oneway INTEGER NOT NULL, method TEXT NOT NULL, params TEXT NOT NULL, retries INTEGER,
  additionalInfo TEXT, status TEXT NOT NULL, response TEXT, requestId INTEGER,
  PRIMARY KEY (tenantId, id)
) STRICT;
INSERT INTO rpc_of_tenants SELECT * FROM rpc ORDER BY rowid;
DROP TABLE rpc;
ALTER TABLE rpc_of_tenants RENAME TO rpc;
CREATE INDEX rpc_of_device ON rpc (deviceId, createdTime);
CREATE INDEX rpc_unfinished ON rpc (status, oneway, createdTime)
  WHERE status IN ('QUEUED', 'SENT', 'DELIVERED', 'TIMEOUT') AND NOT (oneway = 1 AND status = 'DELIVERED');
`;
