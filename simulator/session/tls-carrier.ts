/** TLS over TCP, with the device's own certificate when it has one (contract 6.1). */
import { isIP, Socket } from "node:net";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import type { OpenCarrier } from "./carrier.ts";

export interface TlsOptions {
  /** PEM text of the authorities the server's certificate may come from; undefined: the machine's own. */
  readonly ca: string | undefined;
  /** PEM texts of the device's own certificate and key. */
  readonly identity: { readonly certificate: string; readonly key: string } | undefined;
}

/** Connections of one context, which is made once for all devices that show the same. */
export function tlsCarrier({ ca, identity }: TlsOptions): OpenCarrier {
  let context: SecureContext | undefined;
  return ({ host, port }, owner) => {
    context ??= createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    });
    const tcp = new Socket().setNoDelay(true);
    // A server name must not be an address (RFC 6066 section 3).
    const servername = isIP(host) === 0 ? host : "";
    const socket = connect({ socket: tcp, host, servername, secureContext: context });
    // Only the connection beneath can be reset.
    socket.resetAndDestroy = () => {
      tcp.resetAndDestroy();
      return socket.destroy();
    };
    socket.on("secureConnect", () => owner.socketConnected(socket));
    socket.on("data", (bytes: Buffer) => owner.socketReceived(socket, bytes, bytes.length));
    // "close" follows; a failure of the TCP connection is told by it alone.
    socket.on("error", () => undefined);
    tcp.on("error", (error) => socket.destroy(error));
    socket.on("close", () => owner.socketClosed(socket, socket.errored));
    tcp.connect(port, host);
    return socket;
  };
}
