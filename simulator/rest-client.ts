/** The few REST calls a run makes besides its load: log in, create devices, look them up. Works against any server of the family. */
import { randomBytes } from "node:crypto";
import { Pool } from "undici";
import { DIALECTS, type DialectName } from "../protocol/dialect.ts";
import { parseJson } from "../protocol/message.ts";
import type { Identity } from "./certificate/certificate.ts";
import type { ProvisionedDevice } from "./fleet/fleet-plan.ts";

/** The target did not do what a run needs before it can start. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

interface Answer {
  readonly status: number;
  readonly value: Readonly<Record<string, unknown>>;
}

const CONNECTIONS = 16;
const REQUEST_TIMEOUT_MS = 15_000;

export class RestClient {
  readonly #url: string;
  readonly #dialect: DialectName;
  readonly #pool: Pool;
  #token = "";

  constructor(url: string, dialect: DialectName) {
    this.#url = url;
    this.#dialect = dialect;
    this.#pool = new Pool(url, {
      connections: CONNECTIONS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      connectTimeout: REQUEST_TIMEOUT_MS,
    });
  }

  get token(): string {
    return this.#token;
  }

  /** Logs in; throws TargetError when the server cannot be reached or refuses. */
  async login(username: string, password: string): Promise<void> {
    const answer = await this.#send("POST", "/api/auth/login", { username, password });
    if (answer.status !== 200 || typeof answer.value.token !== "string") {
      throw new TargetError(`${this.#url} refused the login of ${username}: ${describe(answer)}`);
    }
    this.#token = answer.value.token;
  }

  /** Creates the device of that name, or finds it when it is there already; `more` is what a new one has besides. */
  async ensureDevice(name: string, token: string, more: object = {}): Promise<ProvisionedDevice> {
    const query = DIALECTS[this.#dialect].choosesToken ? `?accessToken=${encodeURIComponent(token)}` : "";
    const created = await this.#send("POST", `/api/device${query}`, { name, type: "default", ...more });
    if (created.status === 200 && query !== "") return { id: idOf(created), token, name };
    const exists = String(created.value.message).includes("already exists");
    if (created.status !== 200 && !exists) {
      throw new TargetError(`cannot create device ${name}: ${describe(created)}`);
    }
    return created.status === 200 ? this.#withToken(idOf(created), name) : this.findDevice(name);
  }

  /** The device of that name with its access token; throws TargetError when there is none. */
  async findDevice(name: string): Promise<ProvisionedDevice> {
    const found = await this.#send("GET", `/api/tenant/devices?deviceName=${encodeURIComponent(name)}`);
    if (found.status !== 200) throw new TargetError(`no device named "${name}": ${describe(found)}`);
    return this.#withToken(idOf(found), name);
  }

  /** The device, known by that certificate from now on (contract 6.1). */
  async giveCertificate(device: ProvisionedDevice, identity: Identity): Promise<ProvisionedDevice> {
    await this.#writeCredentials(device.id, {
      credentialsType: "X509_CERTIFICATE",
      credentialsId: null,
      credentialsValue: identity.certificate,
    });
    return { ...device, token: "", credentials: { kind: "x509", ...identity } };
  }

  async #withToken(id: string, name: string): Promise<ProvisionedDevice> {
    const { credentialsType, credentialsId } = (await this.#credentialsOf(id)).value;
    if (credentialsType === "ACCESS_TOKEN") return { id, token: String(credentialsId), name };
    // An earlier run gave it a certificate.
    const token = randomBytes(10).toString("hex");
    const written = { credentialsType: "ACCESS_TOKEN", credentialsId: token, credentialsValue: null };
    await this.#writeCredentials(id, written);
    return { id, token, name };
  }

  async #credentialsOf(id: string): Promise<Answer> {
    const credentials = await this.#send("GET", `/api/device/${id}/credentials`);
    if (credentials.status !== 200) {
      throw new TargetError(`cannot read the credentials of ${id}: ${describe(credentials)}`);
    }
    return credentials;
  }

  async #writeCredentials(id: string, written: object): Promise<void> {
    const { value } = await this.#credentialsOf(id);
    const saved = await this.#send("POST", "/api/device/credentials", { ...value, ...written });
    if (saved.status !== 200) throw new TargetError(`cannot change the credentials of ${id}: ${describe(saved)}`);
  }

  /** Creates or finds `count` devices from ordinal `first`; names are the same in every run, so a kept server is not filled up. */
  async ensureFleet(count: number, onProgress: (done: number) => void, first = 0): Promise<ProvisionedDevice[]> {
    const devices: ProvisionedDevice[] = new Array(count);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let ordinal = next++; ordinal < count; ordinal = next++) {
        devices[ordinal] = await this.ensureDevice(fleetDeviceName(first + ordinal), randomBytes(10).toString("hex"));
        onProgress(ordinal + 1);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return devices;
  }

  /** Creates or finds devices that may connect others (contract section 8). */
  async ensureGateways(count: number): Promise<ProvisionedDevice[]> {
    const gateways: ProvisionedDevice[] = [];
    for (let ordinal = 0; ordinal < count; ordinal++) {
      const name = `rpcfleet-gateway-${String(ordinal).padStart(4, "0")}`;
      const more = { additionalInfo: { gateway: true } };
      gateways.push(await this.ensureDevice(name, randomBytes(10).toString("hex"), more));
    }
    return gateways;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #send(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.#token !== "") headers["x-authorization"] = `Bearer ${this.#token}`;
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      const value = parseJson(await response.body.text());
      return { status: response.statusCode, value: (value ?? {}) as Answer["value"] };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new TargetError(`cannot reach ${this.#url}: ${code ?? message}`);
    }
  }
}

/** What a device of a fleet is called on every server. */
export function fleetDeviceName(ordinal: number): string {
  return `rpcfleet-${String(ordinal).padStart(6, "0")}`;
}

function idOf(answer: Answer): string {
  const { id } = (answer.value.id ?? {}) as { id?: unknown };
  if (typeof id !== "string") throw new TargetError("the server's device has no id");
  return id;
}

function describe({ status, value }: Answer): string {
  return typeof value.message === "string" ? `${status} ${value.message}` : String(status);
}
