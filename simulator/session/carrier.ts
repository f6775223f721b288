/** What carries the bytes of a device's connection: TCP, TLS or a WebSocket, the same to those who speak over it. */

export interface Carrier {
  /** Nothing more is written or read. */
  readonly destroyed: boolean;
  /** It has ended, and its owner has been told. */
  readonly closed: boolean;
  /** Not ready for bytes yet. */
  readonly connecting: boolean;
  write(bytes: Uint8Array): unknown;
  /** Closes the writing side. */
  end(): unknown;
  destroy(): unknown;
  /** Destroys it when what was written has left. */
  destroySoon(): void;
  /** Ends a TCP connection with RST. */
  resetAndDestroy(): unknown;
  pause(): unknown;
  resume(): unknown;
  /** What is written between the two leaves together. */
  cork(): void;
  uncork(): void;
}

/** Who hears of a connection's life. */
export interface CarrierOwner {
  /** Ready for bytes: connected, and its handshake done. */
  socketConnected(carrier: Carrier): void;
  /** Bytes came: the first `length` of `bytes`, on loan until the call returns. */
  socketReceived(carrier: Carrier, bytes: Buffer, length: number): void;
  /** The connection is over, or never was; `error` when it did not end well. Said once. */
  socketClosed(carrier: Carrier, error: NodeJS.ErrnoException | null): void;
}

/** Begins a connection; what becomes of it is told to its owner, later. */
export type OpenCarrier = (endpoint: { readonly host: string; readonly port: number }, owner: CarrierOwner) => Carrier;
