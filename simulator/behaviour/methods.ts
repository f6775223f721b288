/**
 * What a virtual device answers, by method: the RPC methods of the standard widgets (contract section 14) against a small state
 * per device, and an echo of the params for every other method.
 */
import type { Json } from "../../protocol/message.ts";
import { NONCE_KEY } from "../../protocol/nonce.ts";

/** What a device remembers between requests. */
export interface DeviceMemory {
  value: Json;
  readonly gpio: Map<string, Json>;
}

type Method = (memory: DeviceMemory, params: Json) => Json;

export function createMemory(): DeviceMemory {
  return { value: false, gpio: new Map() };
}

const METHODS: ReadonlyMap<string, Method> = new Map([
  ["getValue", (memory) => memory.value],
  ["setValue", setValue],
  ["getState", (memory) => memory.value],
  ["setState", setValue],
  ["checkStatus", () => true],
  ["getGpioStatus", (memory) => Object.fromEntries(memory.gpio)],
  ["setGpioStatus", (memory, params) => setPin(memory, params, "enabled")],
  ["setGpio", (memory, params) => setPin(memory, params, "value")],
]);

/** The reply of a device with this memory; may change the memory. */
export function answerMethod(memory: DeviceMemory, method: string, params: Json): Json {
  const known = METHODS.get(method);
  return known === undefined ? params : known(memory, params);
}

function setValue(memory: DeviceMemory, params: Json): Json {
  memory.value = withoutNonce(params);
  return memory.value;
}

/** Sets one pin and answers with the state of all of them, as the GPIO widgets expect. */
function setPin(memory: DeviceMemory, params: Json, key: "enabled" | "value"): Json {
  if (params !== null && typeof params === "object" && !Array.isArray(params)) {
    const { pin, [key]: state } = params as { readonly [name: string]: Json };
    if (pin === undefined || state === undefined) return { error: `expected pin and ${key}` };
    memory.gpio.set(String(pin), state);
  } else {
    return { error: `expected pin and ${key}` };
  }
  return Object.fromEntries(memory.gpio);
}

function withoutNonce(params: Json): Json {
  if (params === null || typeof params !== "object" || Array.isArray(params)) return params;
  const { [NONCE_KEY]: _, ...rest } = params as { readonly [name: string]: Json };
  return "value" in rest && Object.keys(rest).length === 1 ? (rest.value as Json) : rest;
}
