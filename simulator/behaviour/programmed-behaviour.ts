/** The Behaviour of a cohort: every device of it answers by method, each with its own memory, after a drawn delay. */
import type { RandomStream } from "../../protocol/random.ts";
import type { Behaviour, Reaction, RequestContext } from "../../protocol/reaction.ts";
import type { Latency } from "./latency.ts";
import { answerMethod, createMemory, type DeviceMemory } from "./methods.ts";

export class ProgrammedBehaviour implements Behaviour {
  readonly #latency: Latency;
  readonly #memories = new Map<number, DeviceMemory>();

  constructor(latency: Latency) {
    this.#latency = latency;
  }

  react(request: RequestContext, random: RandomStream): Reaction {
    const delay = this.#latency.draw(request, random);
    return { delay, reply: answerMethod(this.#memoryOf(request.device), request.method, request.params) };
  }

  forget(device: number): void {
    this.#memories.delete(device);
  }

  #memoryOf(device: number): DeviceMemory {
    let memory = this.#memories.get(device);
    if (memory === undefined) {
      memory = createMemory();
      this.#memories.set(device, memory);
    }
    return memory;
  }
}
