/** A server that could not start because of where it was told to listen or keep its data; the message is one line for a person. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** What a failed `listen` means, in words that name the port and the option. */
export function listenError(cause: unknown, port: number, option: "httpPort" | "mqttPort"): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return new StartError(`port ${port} is already in use; choose another one with the option ${option}`, { cause });
  }
  if (code === "EACCES") {
    return new StartError(`port ${port} may not be opened by this user; choose another with the option ${option}`, {
      cause,
    });
  }
  return new StartError(`cannot listen on port ${port} (option ${option}): ${message}`, { cause });
}
