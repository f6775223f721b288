import { expect, test } from "vitest";
import { ServerOptionsError } from "./options.ts";
import { startServer } from "./server.ts";
import { StartError } from "./start-error.ts";

const PORTS = { httpPort: 0, mqttPort: 0, mqttsPort: 0 };

test("mqttsPort without a key and a certificate is a problem of the options", async () => {
  const error = await startServer({ ...PORTS, tlsKeyFile: "key.pem" }).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(ServerOptionsError);
  expect((error as Error).message).toBe("mqttsPort: needs tlsKeyFile and tlsCertFile");
});

test("a file that cannot be read is named with its option", async () => {
  const files = { tlsKeyFile: "/no/such/key.pem", tlsCertFile: "/no/such/cert.pem" };
  const error = await startServer({ ...PORTS, ...files }).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toContain("cannot read /no/such/key.pem (option tlsKeyFile): ENOENT");
});

test("files that are no key and certificate are a failed start too", async () => {
  const { pathname } = new URL(import.meta.url);
  const error = await startServer({ ...PORTS, tlsKeyFile: pathname, tlsCertFile: pathname }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toMatch(/^cannot listen on port 0 \(mqttsPort\): .*PEM/);
});
