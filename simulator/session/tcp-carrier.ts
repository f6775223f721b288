import type { OpenCarrier } from "./carrier.ts";
import { DeviceSocket } from "./device-socket.ts";

/** A bare TCP connection. */
export const openTcp: OpenCarrier = ({ host, port }, owner) => {
  const socket = new DeviceSocket(owner);
  socket.connect(port, host);
  return socket;
};
