/** Carries out the events of one device's life, and keeps what they have done to it. Only devices with such faults have one. */
import type { EndHow } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import type { DeviceFault, LifeAction } from "../fault/device-fault.ts";
import type { Life } from "../fault/life.ts";
import type { Session } from "../session/session.ts";
import { Hardships } from "./hardships.ts";
import { Twins } from "./twins.ts";

/** What a fate can do to its device. */
export interface FatedDevice {
  readonly accepted: boolean;
  readonly session: Session;
  connect(): void;
  /** Connects, after its old connection has ended if it is still about to. */
  comeBack(): void;
  stopTrying(): void;
  reboot(after: Duration): void;
  openTwin(via: number, mirrors: boolean): Session;
}

/** What a device says of its own accord. */
const TELEMETRY = JSON.stringify({ awake: true });

export class Fate {
  readonly hardships = new Hardships();
  twins: Twins | undefined;
  readonly #device: FatedDevice;
  readonly #life: Life;

  constructor(device: FatedDevice, life: Life) {
    this.#device = device;
    this.#life = life;
  }

  /** When the next event is, since the run's origin. */
  get due(): Duration | undefined {
    return this.#life.due;
  }

  /** Carries out what is due; counts those that found a connection to befall. */
  tick(at: Duration): void {
    for (let event = this.#life.take(at); event !== undefined; event = this.#life.take(at)) {
      const carriedOut = this.#live(event.action, event.fault);
      if (event.counts) event.fault.lived(carriedOut);
    }
  }

  /** Brings the connection into the state that the device's hardships ask for. */
  suffer(): void {
    const { session } = this.#device;
    session.silence("up", this.hardships.silent("up"));
    session.silence("down", this.hardships.silent("down"));
    session.reading(!this.hardships.unread);
  }

  close(): void {
    this.twins?.end("disconnect");
    this.twins?.dispose();
  }

  /** False when there was no connection for it to befall. */
  #live(action: LifeAction, fault: DeviceFault): boolean {
    const { hardships } = this;
    const device = this.#device;
    const hadConnection = device.accepted;
    switch (action.kind) {
      case "leave":
        hardships.leave(fault);
        device.stopTrying();
        this.#endAll(action.how);
        break;
      case "return":
        if (hardships.comeBack(fault)) device.comeBack();
        break;
      case "lose":
        this.#endAll(action.how);
        break;
      case "silence":
        // A connection that is not there cannot fall silent; a link can.
        if (action.on && action.of === "connection" && !hadConnection) return false;
        hardships.silence(fault, action);
        this.suffer();
        break;
      case "stop_reading":
        hardships.stopReading(fault, action.on);
        this.suffer();
        break;
      case "token":
        hardships.token = action.token;
        break;
      case "twin":
        this.#openTwins(action);
        return true;
      case "untwin":
        this.twins?.end("disconnect");
        break;
      case "reboot":
        this.twins?.end("reset");
        device.reboot(action.after);
        break;
      default:
        return hadConnection && this.#act(action);
    }
    return hadConnection;
  }

  /** What needs a connection. */
  #act(action: LifeAction & { kind: "subscribe" | "takeover" | "act" }): boolean {
    const { session } = this.#device;
    if (action.kind === "subscribe") session.subscribe(action.on);
    else if (action.kind === "takeover") this.#device.connect();
    else if (action.how === "ping") session.ping();
    else return session.telemetry(TELEMETRY);
    return true;
  }

  #endAll(how: EndHow): void {
    this.twins?.end(how);
    this.#device.session.end(how);
  }

  #openTwins({ sessions, mirrors }: LifeAction & { kind: "twin" }): void {
    this.close();
    const opened: Session[] = [];
    for (let via = 1; via <= sessions; via++) opened.push(this.#device.openTwin(via, mirrors));
    this.twins = new Twins(opened, mirrors);
  }
}
