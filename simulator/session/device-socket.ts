/**
 * A device's TCP connection that costs little while nothing happens on it: all sockets of a thread read into one buffer instead of
 * 64 KiB allocated for each read, and share their callbacks instead of having closures of their own.
 */
import { Socket, type TcpNetConnectOpts } from "node:net";
import type { CarrierOwner } from "./carrier.ts";

/** As much as Node itself reads at once. */
const READ_BYTES = 65_536;

/**
 * Every read is told before the next one begins, to the socket it belongs to, so one buffer is enough. No Nagle's algorithm: a reply
 * leaves at once.
 */
const OPTIONS: Omit<TcpNetConnectOpts, "port"> = {
  noDelay: true,
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(this: DeviceSocket, length: number, bytes: Buffer): boolean {
      this.owner.socketReceived(this, bytes, length);
      return true;
    },
  },
};

export class DeviceSocket extends Socket {
  readonly owner: CarrierOwner;

  constructor(owner: CarrierOwner) {
    super(OPTIONS);
    this.owner = owner;
    this.on("connect", tellConnected).on("error", waitForClose).on("close", tellDisconnected);
  }
}

function tellConnected(this: DeviceSocket): void {
  this.owner.socketConnected(this);
}

/** "close" follows, and the socket knows its error then. */
function waitForClose(): void {}

function tellDisconnected(this: DeviceSocket): void {
  this.owner.socketClosed(this, this.errored);
}
