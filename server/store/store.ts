/**
 * What the server keeps: tenants, customers, users, devices and their credentials. The interface is synchronous; no call of it
 * lies on the path of an RPC (see device-registry.ts).
 */

import type { DashboardRows } from "./dashboard-rows.ts";
import type { ProfileRows } from "./profile-rows.ts";
import type { RpcRows } from "./rpc-rows.ts";
import type { CustomerRows, TenantRows } from "./tenant-rows.ts";
import type { UserRows } from "./user-rows.ts";

/** Stands for "no tenant" and "no customer"; never JSON null (contract 3.4). */
export const NULL_UUID = "13814000-1dd2-11b2-8080-808080808080";

export type Authority = "SYS_ADMIN" | "TENANT_ADMIN" | "CUSTOMER_USER";

export interface TenantRow {
  readonly id: string;
  readonly title: string;
  readonly createdTime: number;
}

export interface CustomerRow extends TenantRow {
  readonly tenantId: string;
  /** Its devices are everybody's to see and call; at most one a tenant. */
  readonly isPublic: 0 | 1;
  /** JSON text or null. */
  readonly additionalInfo: string | null;
}

export interface UserRow {
  readonly id: string;
  readonly createdTime: number;
  /** NULL_UUID for a SYS_ADMIN. */
  readonly tenantId: string;
  /** NULL_UUID unless a CUSTOMER_USER. */
  readonly customerId: string;
  readonly email: string;
  readonly authority: Authority;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** As made by passwords.ts; "" until the user is activated. */
  readonly passwordHash: string;
  readonly enabled: 0 | 1;
  /** Null once used. */
  readonly activateToken: string | null;
  /** Epoch seconds: tokens issued before count no more. */
  readonly tokensFrom: number;
}

export interface DeviceRow {
  readonly id: string;
  readonly createdTime: number;
  readonly tenantId: string;
  /** NULL_UUID when unassigned. */
  readonly customerId: string;
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  readonly deviceProfileId: string;
  /** JSON text or null. */
  readonly additionalInfo: string | null;
}

export interface CredentialsRow {
  readonly id: string;
  readonly createdTime: number;
  readonly deviceId: string;
  readonly credentialsType: "ACCESS_TOKEN" | "MQTT_BASIC" | "X509_CERTIFICATE";
  /** The access token, or what credentials.ts makes of the value. */
  readonly credentialsId: string;
  readonly credentialsValue: string | null;
}

/** What the registry keeps of a device. */
export type RegisteredDevice = Pick<DeviceRow, "tenantId" | "customerId" | "additionalInfo"> &
  Pick<CredentialsRow, "deviceId" | "credentialsType" | "credentialsId" | "credentialsValue">;

export const DEVICE_SORT_PROPERTIES = ["createdTime", "name", "type", "label"] as const;

export interface PageQuery {
  readonly pageSize: number;
  /** From 0. */
  readonly page: number;
  /** Part of the name, case-insensitive. */
  readonly textSearch: string | undefined;
  readonly sortProperty: string;
  readonly descending: boolean;
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** Which devices a list holds. */
export interface DeviceFilter {
  readonly tenantId: string;
  readonly customerId?: string | undefined;
  readonly type?: string | undefined;
  readonly deviceProfileId?: string | undefined;
}

type Unique = "device_name" | "access_token" | "title" | "email" | "profile_name" | "provision_key";

/** A name, an e-mail or a credentials id that another row has. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  readonly what: Unique;

  constructor(what: Unique) {
    super(`${what} is taken`);
    this.what = what;
  }
}

export interface Store {
  readonly rpcs: RpcRows;
  readonly tenants: TenantRows;
  readonly customers: CustomerRows;
  readonly users: UserRows;
  readonly profiles: ProfileRows;
  readonly dashboards: DashboardRows;
  setting(key: string): string | undefined;
  putSetting(key: string, value: string): void;
  /** Throws ConflictError; then nothing is stored. */
  insertDevice(device: DeviceRow, credentials: CredentialsRow): void;
  /** Customer, name, type, label, profile and additionalInfo. Throws ConflictError. */
  updateDevice(device: DeviceRow): void;
  deleteDevice(id: string): void;
  deviceById(id: string): DeviceRow | undefined;
  deviceByName(tenantId: string, name: string): DeviceRow | undefined;
  devicePage(filter: DeviceFilter, query: PageQuery): Page<DeviceRow>;
  credentialsOf(deviceId: string): CredentialsRow | undefined;
  /** Type, id and value of a device's credentials. Throws ConflictError. */
  updateCredentials(credentials: CredentialsRow): void;
  registeredDevices(): readonly RegisteredDevice[];
  /** All of `work` or nothing. */
  transaction(work: () => void): void;
  close(): void;
}
