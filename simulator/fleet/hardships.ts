/** What life events have done to one device and not undone yet; of several faults that do the same, the last one undoes it. */
import type { DeviceFault, Silence } from "../fault/device-fault.ts";

export class Hardships {
  /** Shown instead of the device's own credentials. */
  token: string | undefined;
  readonly #away = new Set<DeviceFault>();
  readonly #unread = new Set<DeviceFault>();
  readonly #silences = new Map<DeviceFault, Silence>();

  /** Kept away from the server. */
  get away(): boolean {
    return this.#away.size > 0;
  }

  /** The socket is not read. */
  get unread(): boolean {
    return this.#unread.size > 0;
  }

  /** No new connection can be made. */
  get cut(): boolean {
    return [...this.#silences.values()].some((silence) => silence.of === "link");
  }

  silent(direction: "up" | "down"): boolean {
    return [...this.#silences.values()].some((silence) => silence.direction !== (direction === "up" ? "down" : "up"));
  }

  leave(fault: DeviceFault): void {
    this.#away.add(fault);
  }

  /** False when another fault still keeps the device away. */
  comeBack(fault: DeviceFault): boolean {
    return this.#away.delete(fault) && !this.away;
  }

  stopReading(fault: DeviceFault, on: boolean): void {
    if (on) this.#unread.add(fault);
    else this.#unread.delete(fault);
  }

  silence(fault: DeviceFault, silence: Silence): void {
    if (silence.on) this.#silences.set(fault, silence);
    else this.#silences.delete(fault);
  }

  /** The connection is over, and with it what was wrong with it alone. */
  connectionEnded(): void {
    for (const [fault, silence] of this.#silences) if (silence.of === "connection") this.#silences.delete(fault);
  }
}
