/** Which of a device's requests is sent next (S10). */
import type { DeviceState, PendingCall } from "./call-book.ts";
import type { SubmitStrategy } from "./requester-io.ts";

/** The request whose turn it is under a sequential strategy; undefined when the device has to act first, or nothing waits. */
export function nextToSend(device: DeviceState, strategy: SubmitStrategy): PendingCall | undefined {
  for (const entry of device.pending.values()) {
    if (entry.state === "waiting") return entry;
    if (strategy === "on_response" || entry.state === "sent") return undefined;
  }
  return undefined;
}
