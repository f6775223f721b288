/** A server that could not start because of where it was told to listen or keep its data; the message is one line for a person. */
export class StartError extends Error {
  override readonly name = "StartError";
}

const FLAGS = {
  httpPort: "--http-port",
  mqttPort: "--mqtt-port",
  mqttsPort: "--mqtts-port",
  mqttWsPort: "--mqtt-ws-port",
  coapPort: "--coap-port",
} as const;

type ListenOption = keyof typeof FLAGS;

/** What a failed `listen` means, in words that name the port, the option and its flag. */
export function listenError(cause: unknown, port: number, option: ListenOption): Error {
  if (cause instanceof StartError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const choose = `choose another one with ${FLAGS[option]} (${option}), 0 takes a free one`;
  if (code === "EADDRINUSE") return new StartError(`port ${port} is already in use; ${choose}`, { cause });
  if (code === "EACCES") return new StartError(`port ${port} may not be opened by this user; ${choose}`, { cause });
  return new StartError(`cannot listen on port ${port} (${option}): ${message}`, { cause });
}
