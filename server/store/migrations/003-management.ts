/** Credentials of every type, users that are activated later, public customers, device profiles with a body, dashboards (contract 12). */
export const MANAGEMENT = `
ALTER TABLE credentials ADD COLUMN credentialsValue TEXT;
ALTER TABLE customers ADD COLUMN isPublic INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN additionalInfo TEXT;
CREATE UNIQUE INDEX one_public_customer ON customers (tenantId) WHERE isPublic = 1;
ALTER TABLE users ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN activateToken TEXT;
ALTER TABLE users ADD COLUMN tokensFrom INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX user_of_activate_token ON users (activateToken) WHERE activateToken IS NOT NULL;
CREATE INDEX users_of_customer ON users (tenantId, customerId);
ALTER TABLE device_profiles ADD COLUMN createdTime INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_profiles ADD COLUMN body TEXT;
CREATE INDEX devices_of_customer ON devices (tenantId, customerId);
CREATE INDEX devices_of_profile ON devices (deviceProfileId);
CREATE TABLE dashboards (
  id TEXT PRIMARY KEY, createdTime INTEGER NOT NULL, tenantId TEXT NOT NULL REFERENCES tenants (id), title TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX dashboards_of_tenant ON dashboards (tenantId, title);
`;
