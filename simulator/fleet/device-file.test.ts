import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readDeviceFile } from "./device-file.ts";

const A = "784f394c-42b6-435a-983c-b7beff2784f9";
const B = "784F394C-42B6-435A-983C-B7BEFF2784FA";

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-devices-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "devices.csv");
  await writeFile(path, text);
  return path;
}

test.each([
  ["plain lines", `${A},one\n${B},two\n`],
  ["a header, spaces and blank lines", `id , token\n\n ${A} , one \n${B},two`],
  ["lines of Windows", `ID,Token\r\n${A},one\r\n${B},two\r\n`],
])("devices from %s", async (_, text) => {
  expect(readDeviceFile(await fileWith(text))).toEqual({
    devices: [
      { id: A, token: "one" },
      { id: B, token: "two" },
    ],
    problems: [],
  });
});

test("every bad line is named, with its number", async () => {
  const path = await fileWith(`${A},one\nnot-an-id,two\n${B}\n${B},\n${B},two,three\nid,token\n`);
  const { devices, problems } = readDeviceFile(path);
  expect(devices).toEqual([{ id: A, token: "one" }]);
  expect(problems).toEqual(
    [`2: not-an-id,two`, `3: ${B}`, `4: ${B},`, `5: ${B},two,three`, "6: id,token"].map((place) => {
      const [line, ...text] = place.split(": ");
      return `${path}:${line}: expected "<device uuid>,<access token>", got "${text.join(": ")}"`;
    }),
  );
});

test("a flood of bad lines is cut short", async () => {
  expect(readDeviceFile(await fileWith("x\n".repeat(500))).problems).toHaveLength(20);
});

test.each(["", "id,token\n", "\n\n"])("a file without devices (%j) is a problem", async (text) => {
  const path = await fileWith(text);
  expect(readDeviceFile(path)).toEqual({ devices: [], problems: [`${path}: holds no device`] });
});

test("a file that is not there is a problem", () => {
  expect(readDeviceFile("/nowhere/devices.csv")).toEqual({
    devices: [],
    problems: ["/nowhere/devices.csv: cannot be read (ENOENT)"],
  });
});

test("a header names the columns of other credentials", async () => {
  const path = await fileWith(`id,name,token,clientId,username,password\n${A},a,one\n${B},b,,client,user,secret\n`);
  expect(readDeviceFile(path)).toEqual({
    devices: [
      { id: A, token: "one", name: "a" },
      {
        id: B,
        token: "",
        name: "b",
        credentials: { kind: "mqtt_basic", clientId: "client", username: "user", password: "secret" },
      },
    ],
    problems: [],
  });
});

test("certificates are read from files beside the CSV, and a missing one is a problem of its line", async () => {
  const path = await fileWith(`id,cert,key\n${A},a.pem,a-key.pem\n${B},b.pem,b-key.pem\n${A},a.pem,\n`);
  await writeFile(join(path, "..", "a.pem"), "CERTIFICATE");
  await writeFile(join(path, "..", "a-key.pem"), "KEY");
  const { devices, problems } = readDeviceFile(path);
  expect(devices).toEqual([
    { id: A, token: "", credentials: { kind: "x509", certificate: "CERTIFICATE", key: "KEY" } },
  ]);
  expect(problems).toEqual([
    expect.stringContaining("b.pem: cannot be read (ENOENT)"),
    expect.stringContaining(":4: cert and key belong together"),
  ]);
});
