/** The demo users and devices that tutorials and SDK examples rely on (contract 3.6). Installed once per database. */
import { randomUUID } from "node:crypto";
import { hashPassword } from "./passwords.ts";
import { type Authority, NULL_UUID, type Store } from "./store.ts";

interface DemoUser {
  readonly email: string;
  readonly password: string;
  readonly authority: Authority;
  readonly customer?: string;
}

interface DemoDevice {
  readonly name: string;
  readonly accessToken: string;
  readonly type?: string;
  readonly customer?: string;
}

const TB_USERS: readonly DemoUser[] = [
  { email: "sysadmin@thingsboard.org", password: "sysadmin", authority: "SYS_ADMIN" },
  { email: "tenant@thingsboard.org", password: "tenant", authority: "TENANT_ADMIN" },
  { email: "customer@thingsboard.org", password: "customer", authority: "CUSTOMER_USER", customer: "Customer A" },
  { email: "customerA@thingsboard.org", password: "customer", authority: "CUSTOMER_USER", customer: "Customer A" },
  { email: "customerB@thingsboard.org", password: "customer", authority: "CUSTOMER_USER", customer: "Customer B" },
  { email: "customerC@thingsboard.org", password: "customer", authority: "CUSTOMER_USER", customer: "Customer C" },
];

const TEMPUS_USERS: readonly DemoUser[] = [
  { email: "sysadmin@hashmapinc.com", password: "sysadmin", authority: "SYS_ADMIN" },
  { email: "demo@hashmapinc.com", password: "tenant", authority: "TENANT_ADMIN" },
  { email: "bob.jones@hashmapinc.com", password: "driller", authority: "CUSTOMER_USER", customer: "Customer A" },
];

const COMMON_DEVICES: readonly DemoDevice[] = [
  { name: "Test Device A1", accessToken: "A1_TEST_TOKEN", customer: "Customer A" },
  { name: "Test Device A2", accessToken: "A2_TEST_TOKEN", customer: "Customer A" },
  { name: "Test Device A3", accessToken: "A3_TEST_TOKEN", customer: "Customer A" },
  { name: "Test Device B1", accessToken: "B1_TEST_TOKEN", customer: "Customer B" },
  { name: "Test Device C1", accessToken: "C1_TEST_TOKEN", customer: "Customer C" },
  { name: "DHT11 Demo Device", accessToken: "DHT11_DEMO_TOKEN" },
  { name: "Raspberry Pi Demo Device", accessToken: "RASPBERRY_PI_DEMO_TOKEN" },
];

const TB_DEVICES: readonly DemoDevice[] = [
  ...COMMON_DEVICES,
  { name: "Thermostat T1", accessToken: "T1_TEST_TOKEN", type: "thermostat" },
  { name: "Thermostat T2", accessToken: "T2_TEST_TOKEN", type: "thermostat" },
];

const CUSTOMERS = ["Customer A", "Customer B", "Customer C"] as const;

/**
 * Installs the demo data unless this database had it before: what users changed or deleted since stays as they left it.
 */
export function installDemo(store: Store, family: "tb" | "tempus"): void {
  const marker = `demo.${family}`;
  if (store.setting(marker) !== undefined) return;
  store.transaction(() => {
    const createdTime = Date.now();
    const tenantId = randomUUID();
    store.tenants.insert({ id: tenantId, title: family === "tb" ? "Tenant" : "Tempus demo", createdTime });
    const customers = new Map<string, string>();
    for (const title of CUSTOMERS) {
      const id = randomUUID();
      customers.set(title, id);
      store.customers.insert({ id, tenantId, title, createdTime, isPublic: 0, additionalInfo: null });
    }
    const customerId = (title: string | undefined): string => customers.get(title ?? "") ?? NULL_UUID;
    for (const user of family === "tb" ? TB_USERS : TEMPUS_USERS) {
      store.users.insert({
        id: randomUUID(),
        createdTime,
        tenantId: user.authority === "SYS_ADMIN" ? NULL_UUID : tenantId,
        customerId: customerId(user.customer),
        email: user.email,
        authority: user.authority,
        firstName: null,
        lastName: null,
        passwordHash: hashPassword(user.password),
        enabled: 1,
        activateToken: null,
        tokensFrom: 0,
      });
    }
    for (const device of family === "tb" ? TB_DEVICES : COMMON_DEVICES) {
      insertDemoDevice(store, { ...device, tenantId, customerId: customerId(device.customer), createdTime });
    }
    store.putSetting(marker, String(createdTime));
  });
}

function insertDemoDevice(
  store: Store,
  device: DemoDevice & { tenantId: string; customerId: string; createdTime: number },
): void {
  const id = randomUUID();
  const type = device.type ?? "default";
  const { tenantId, customerId, createdTime, name } = device;
  const deviceProfileId = store.profiles.idOf(tenantId, type);
  store.insertDevice(
    { id, createdTime, tenantId, customerId, name, type, label: null, deviceProfileId, additionalInfo: null },
    {
      id: randomUUID(),
      createdTime,
      deviceId: id,
      credentialsType: "ACCESS_TOKEN",
      credentialsId: device.accessToken,
      credentialsValue: null,
    },
  );
}
