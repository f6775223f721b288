/**
 * What a fault is to a fleet: a judge of requests, of connection attempts, or of a device's life between them. One kind of fault
 * is one file that exports a FaultKind; `parse-fault.ts` adds the selector that all of them share.
 */
import type { RandomStream } from "../../protocol/random.ts";
import type { EndHow, Fault, RequestContext, Verdict } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";
import type { TransportName } from "../fleet/transport-form.ts";
import type { Schedule, Window } from "./schedule.ts";

/** How a device makes a connection; faults change it one after the other. */
export interface ConnectSettings {
  /** The connection is opened so much later. */
  readonly delay: Duration;
  /** Credentials to show instead of the device's own. */
  readonly token: string | undefined;
  /** The client id of MQTT to use instead of the device's own. */
  readonly clientId: string | undefined;
  /** So long nothing is said after the transport (and TLS) is there; undefined: for ever. */
  readonly handshake: Duration | undefined;
  /** When requests are subscribed to after CONNACK; undefined: never. */
  readonly subscribeAfter: Duration | undefined;
  /** Filters to subscribe to beside the right one, or instead of it. */
  readonly filters: readonly string[] | undefined;
  /** The device takes a refused subscription for a granted one. */
  readonly ignoresRefusal: boolean;
  /** A kept session (clean session false, or a session expiry in MQTT 5). */
  readonly keepSession: boolean;
  /** The keep-alive interval in the CONNECT packet, seconds. */
  readonly keepAliveS: number;
  /** Pings are sent at this multiple of the interval. */
  readonly pingFactor: number;
  /** Highest quality of service that is asked for. */
  readonly qos: 0 | 1;
  /** Packet id to begin with. */
  readonly firstPacketId: number;
  /** What comes of the attempt: the server hears it, the port is closed, or nobody answers at all. */
  readonly reach: "server" | "refused" | "unanswered";
  /** So long a device waits for CONNACK, for SUBACK and for PINGRESP before it gives the connection up. */
  readonly patience: Duration;
  /** When the device ends the connection, its socket stays open so much longer. */
  readonly closeAfter: Duration;
}

export interface ConnectAttempt {
  readonly device: number;
  /** 1 for the first connection of the run. */
  readonly attempt: number;
  /** Since the run's origin; 0 before it. */
  readonly at: Duration;
}

/** What happens to a device outside of any request. */
export type LifeAction =
  /** The connection ends; the device stays away until `return` of the same fault. */
  | { readonly kind: "leave"; readonly how: EndHow }
  | { readonly kind: "return" }
  /** The connection ends; the device comes back as its cohort's policy says. */
  | { readonly kind: "lose"; readonly how: EndHow }
  | Silence
  /** The socket is not read, so that the server's writes pile up. */
  | { readonly kind: "stop_reading"; readonly on: boolean }
  /** Unsubscribes from requests while connected, or subscribes again. */
  | { readonly kind: "subscribe"; readonly on: boolean }
  /** Connects once more with the same client id while the old connection is there. */
  | { readonly kind: "takeover" }
  /** So many further connections of the same device, with client ids of their own. */
  | { readonly kind: "twin"; readonly sessions: number; readonly mirrors: boolean }
  | { readonly kind: "untwin" }
  /** Switched off and on: memory is lost, then it connects again after a while. */
  | { readonly kind: "reboot"; readonly after: Duration }
  /** Shows these credentials from the next connection on; undefined: its own. */
  | { readonly kind: "token"; readonly token: string | undefined }
  /** Says something of its own accord. */
  | { readonly kind: "act"; readonly how: "ping" | "telemetry" };

/**
 * Nothing of a direction gets through any more, while the socket stays open; `up` is device to server. A silent connection is
 * silent until it ends; a silent link makes no new connections either.
 */
export interface Silence {
  readonly kind: "silence";
  readonly direction: "up" | "down" | "both";
  readonly of: "connection" | "link";
  readonly on: boolean;
}

export interface LifeEvent {
  /** Since the run's origin. */
  readonly at: Duration;
  readonly action: LifeAction;
  /** False: it only completes or undoes what an earlier one began, and is not counted. */
  readonly counts: boolean;
}

export interface LifeContext {
  readonly device: number;
  /** This fault's own stream for its n-th question about this device's life. */
  draw(question: number): RandomStream;
  /** When the fault is switched on, in order; possibly without end. */
  windows(): Iterable<Window>;
}

/** What a fault does, once its arguments are read. Every member that is there is used. */
export interface FaultProgramme {
  /** Told of every request, picked or not, after it was judged. */
  readonly notice?: (request: RequestContext) => void;
  /** For a request the selector picked; `random` goes on in this fault's own stream. `PASS` itself: it does not fire after all. */
  readonly verdict?: (request: RequestContext, random: RandomStream) => Verdict;
  /** For a connection attempt the selector picked. */
  readonly connect?: (settings: ConnectSettings, attempt: ConnectAttempt, random: RandomStream) => ConnectSettings;
  /** A picked device's life: events with ascending instants. */
  readonly life?: (context: LifeContext) => Iterator<LifeEvent>;
}

export interface FaultContext {
  /** A Call's effective timeout, for faults that are relative to it. */
  readonly timeout: Duration;
  /** When the fault is on, for faults that last as long as their window does. */
  readonly schedule: Schedule;
}

export interface FaultKind {
  /** The word of its text form. */
  readonly name: string;
  /** Row of the fault menu. */
  readonly id: string;
  /** What other tools call it. */
  readonly standard: string;
  /** What it does, for a help text; begins with "the device" left out: "never answers". */
  readonly does: string;
  /** Its schedule says when replies are held and not which requests it fires on, so the selector lets all instants pass. */
  readonly windowed?: true;
  /** Transports on which it makes sense; undefined: all of them. */
  readonly transports?: readonly TransportName[];
  /** Its own arguments in order, beside those of the selector. */
  readonly arguments: readonly string[];
  /** True: `p` picks devices for good, not each request anew. */
  readonly picksDevices?: boolean;
  /** A call may get the reply of another one, through no fault of the server's. */
  readonly mixesReplies?: boolean;
  read(reader: FormReader, context: FaultContext): FaultProgramme;
}

export interface FaultCounts {
  /** Requests or attempts its selector admitted, or events that fell due in a device's life. */
  matched: number;
  /** Those it fired on. */
  fired: number;
}

/** A fault of a cohort, ready for use; counts what it did. */
export interface DeviceFault extends Fault {
  readonly kind: FaultKind;
  /** Name of its random stream. */
  readonly stream: string;
  readonly counts: Readonly<FaultCounts>;
  /** When it is switched on, for a run's timeline; empty when it always is. */
  readonly windows: readonly Window[];
  readonly connect?:
    | ((settings: ConnectSettings, attempt: ConnectAttempt, random: RandomStream) => ConnectSettings)
    | undefined;
  readonly life?: ((device: number, random: RandomStream) => Iterator<LifeEvent> | undefined) | undefined;
  /** A life event of it that counts fell due; without a connection to befall it is not carried out. */
  lived(carriedOut: boolean): void;
}
