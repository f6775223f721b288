/**
 * What the server keeps: tenants, customers, users, devices and their credentials. The interface is synchronous; no call of it
 * lies on the path of an RPC (see device-registry.ts).
 */

import type { RpcRows } from "./rpc-rows.ts";

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
  /** As made by passwords.ts. */
  readonly passwordHash: string;
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

export interface DevicePageQuery {
  readonly tenantId: string;
  readonly pageSize: number;
  /** From 0. */
  readonly page: number;
  readonly type: string | undefined;
  /** Part of the name, case-insensitive. */
  readonly textSearch: string | undefined;
  readonly sortProperty: (typeof DEVICE_SORT_PROPERTIES)[number];
  readonly descending: boolean;
}

export interface DevicePage {
  readonly devices: readonly DeviceRow[];
  readonly total: number;
}

/** A name or an access token that another row has. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  readonly what: "device_name" | "access_token";

  constructor(what: "device_name" | "access_token") {
    super(`${what} is taken`);
    this.what = what;
  }
}

export interface Store {
  readonly rpcs: RpcRows;
  setting(key: string): string | undefined;
  putSetting(key: string, value: string): void;
  insertTenant(tenant: TenantRow): void;
  insertCustomer(customer: CustomerRow): void;
  customerById(id: string): CustomerRow | undefined;
  insertUser(user: UserRow): void;
  /** Case-insensitive. */
  userByEmail(email: string): UserRow | undefined;
  userById(id: string): UserRow | undefined;
  /** Id of the tenant's profile of this name, made when there is none. */
  deviceProfileId(tenantId: string, name: string): string;
  /** Throws ConflictError; then nothing is stored. */
  insertDevice(device: DeviceRow, credentials: CredentialsRow): void;
  /** Customer, name, type, label, profile and additionalInfo. Throws ConflictError. */
  updateDevice(device: DeviceRow): void;
  deleteDevice(id: string): void;
  deviceById(id: string): DeviceRow | undefined;
  deviceByName(tenantId: string, name: string): DeviceRow | undefined;
  devicePage(query: DevicePageQuery): DevicePage;
  credentialsOf(deviceId: string): CredentialsRow | undefined;
  /** Type, id and value of a device's credentials. Throws ConflictError. */
  updateCredentials(credentials: CredentialsRow): void;
  registeredDevices(): readonly RegisteredDevice[];
  /** All of `work` or nothing. */
  transaction(work: () => void): void;
  close(): void;
}
