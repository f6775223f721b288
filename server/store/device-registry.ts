/**
 * Who owns a device, and which device a token names, in memory: an RPC and an MQTT CONNECT ask here and never the database.
 * Loaded at start, kept in step by every change through this class.
 */
import { randomUUID } from "node:crypto";
import { type Json, parseJson } from "../../protocol/message.ts";
import { accessToken, type Credentials } from "./credentials.ts";
import { DeviceKeys, type GivenMqttBasic } from "./device-keys.ts";
import {
  ConflictError,
  type CredentialsRow,
  type CustomerRow,
  type DeviceRow,
  NULL_UUID,
  type Store,
} from "./store.ts";

export interface DeviceOwner {
  readonly tenantId: string;
  readonly customerId: string;
}

/** What a new device is made from. */
export interface NewDevice {
  readonly tenantId: string;
  readonly customerId: string;
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  /** JSON text or null. */
  readonly additionalInfo: string | null;
}

const LONGEST_NAME = 255;

export class DeviceRegistry {
  readonly #store: Store;
  readonly #owners = new Map<string, DeviceOwner>();
  readonly #gateways = new Set<string>();
  readonly #keys = new DeviceKeys();

  constructor(store: Store) {
    this.#store = store;
    for (const row of store.registeredDevices()) {
      this.#remember(row.deviceId, row);
      this.#keys.add(row);
    }
  }

  get size(): number {
    return this.#owners.size;
  }

  /** `id` in lower case. */
  ownerOf(id: string): DeviceOwner | undefined {
    return this.#owners.get(id);
  }

  deviceOfToken(token: string): string | undefined {
    return this.#keys.deviceOfToken(token);
  }

  /** MQTT basic credentials (contract 6.1). A username that is an access token is not looked for here. */
  deviceOfMqttBasic(given: GivenMqttBasic): { readonly device: string } | "wrong_password" | undefined {
    return this.#keys.deviceOfMqttBasic(given);
  }

  /** `sha3`: as `certificateHash` of credentials.ts makes it. */
  deviceOfCertificate(sha3: string): string | undefined {
    return this.#keys.deviceOfCertificate(sha3);
  }

  /** Whether the device may speak for others: its additionalInfo has `"gateway": true`. */
  isGateway(device: string): boolean {
    return this.#gateways.has(device);
  }

  /** Makes a device. Throws ConflictError; then nothing is stored. */
  create(device: NewDevice, credentials: Credentials = accessToken()): DeviceRow {
    const id = randomUUID();
    const createdTime = Date.now();
    const deviceProfileId = this.#store.profiles.idOf(device.tenantId, device.type);
    const row: DeviceRow = { ...device, id, createdTime, deviceProfileId };
    this.insert(row, { ...credentials, id: randomUUID(), createdTime, deviceId: id });
    return row;
  }

  /** Throws ConflictError; then nothing is stored. */
  insert(device: DeviceRow, credentials: CredentialsRow): void {
    this.#store.insertDevice(device, credentials);
    this.#remember(device.id, device);
    this.#keys.add(credentials);
  }

  /** Throws ConflictError; then nothing is stored. */
  update(device: DeviceRow): void {
    this.#store.updateDevice(device);
    this.#remember(device.id, device);
  }

  /** Throws ConflictError; then nothing is stored. */
  updateCredentials(credentials: CredentialsRow): void {
    this.#store.updateCredentials(credentials);
    this.#keys.delete(credentials.deviceId);
    this.#keys.add(credentials);
  }

  delete(id: string): void {
    this.#store.deleteDevice(id);
    this.#owners.delete(id);
    this.#gateways.delete(id);
    this.#keys.delete(id);
  }

  /** A customer is gone with its users; its devices are nobody's now. */
  deleteCustomer(customer: CustomerRow): void {
    this.#store.customers.delete(customer);
    for (const [id, { tenantId, customerId }] of this.#owners) {
      if (customerId === customer.id) this.#owners.set(id, { tenantId, customerId: NULL_UUID });
    }
  }

  /**
   * The device that a gateway speaks for, made in the gateway's tenant and for its customer when there is none of that name
   * (contract 8.1). Undefined when it cannot be made.
   */
  findOrCreateChild(gateway: string, name: string, type: string): string | undefined {
    const owner = this.#owners.get(gateway);
    if (owner === undefined || name.trim() === "" || name.length > LONGEST_NAME || type.length > LONGEST_NAME) {
      return undefined;
    }
    const known = this.#store.deviceByName(owner.tenantId, name);
    if (known !== undefined) return this.#noteGateway(known, gateway);
    const additionalInfo = JSON.stringify({ lastConnectedGateway: gateway });
    try {
      return this.create({ ...owner, name, type: type || "default", label: null, additionalInfo }).id;
    } catch (error) {
      if (error instanceof ConflictError) return undefined;
      throw error;
    }
  }

  #noteGateway(child: DeviceRow, gateway: string): string {
    const info = objectOf(child.additionalInfo);
    if (info.lastConnectedGateway !== gateway && child.id !== gateway) {
      this.update({ ...child, additionalInfo: JSON.stringify({ ...info, lastConnectedGateway: gateway }) });
    }
    return child.id;
  }

  #remember(id: string, device: Pick<DeviceRow, "tenantId" | "customerId" | "additionalInfo">): void {
    this.#owners.set(id, { tenantId: device.tenantId, customerId: device.customerId });
    if (objectOf(device.additionalInfo).gateway === true) this.#gateways.add(id);
    else this.#gateways.delete(id);
  }
}

function objectOf(json: string | null): { readonly [key: string]: Json } {
  const value = json === null ? undefined : parseJson(json);
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
