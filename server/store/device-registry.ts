/**
 * Who owns a device, and which device a token names, in memory: an RPC and an MQTT CONNECT ask here and never the database.
 * Loaded at start, kept in step by every change through this class.
 */
import type { CredentialsRow, DeviceRow, Store } from "./store.ts";

export interface DeviceOwner {
  readonly tenantId: string;
  readonly customerId: string;
}

export class DeviceRegistry {
  readonly #store: Store;
  readonly #owners = new Map<string, DeviceOwner>();
  readonly #deviceOfToken = new Map<string, string>();
  readonly #tokenOfDevice = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
    for (const row of store.deviceTokens()) this.#remember(row.id, row, row.accessToken);
  }

  get size(): number {
    return this.#owners.size;
  }

  /** `id` in lower case. */
  ownerOf(id: string): DeviceOwner | undefined {
    return this.#owners.get(id);
  }

  deviceOfToken(accessToken: string): string | undefined {
    return this.#deviceOfToken.get(accessToken);
  }

  /** Throws ConflictError; then nothing is stored. */
  insert(device: DeviceRow, credentials: CredentialsRow): void {
    this.#store.insertDevice(device, credentials);
    this.#remember(device.id, device, credentials.credentialsId);
  }

  delete(id: string): void {
    this.#store.deleteDevice(id);
    this.#owners.delete(id);
    const token = this.#tokenOfDevice.get(id);
    this.#tokenOfDevice.delete(id);
    if (token !== undefined) this.#deviceOfToken.delete(token);
  }

  #remember(id: string, owner: DeviceOwner, accessToken: string): void {
    this.#owners.set(id, { tenantId: owner.tenantId, customerId: owner.customerId });
    this.#deviceOfToken.set(accessToken, id);
    this.#tokenOfDevice.set(id, accessToken);
  }
}
