import { expect, test } from "vitest";
import { DIALECTS } from "../../protocol/dialect.ts";
import { readRpcBody } from "./rpc-body.ts";

const NOW_MS = 1_767_225_600_000;
const read = (text: string, dialect = DIALECTS["tb-v2"]) => readRpcBody(text, dialect, NOW_MS);

test.each([
  ['"openValve"', "openValve"],
  ["5", "5"],
  ["null", "null"],
  ["true", "true"],
  ["{}", ""],
  ["[1]", ""],
])("method %s is taken as the text %j", (json, method) => {
  expect(read(`{"method":${json}}`)).toMatchObject({ method });
});

test.each([
  ['"timeout":7000', 7_000],
  ['"timeout":"7000"', 7_000],
  ['"timeout":7000.9', 7_000],
  ['"timeout":4999', 5_000],
  ['"timeout":"garbage"', 5_000],
  ['"timeout":"0x9999"', 5_000],
  ['"timeout":null', 5_000],
  ['"timeout":-1', 5_000],
  ['"x":1', 10_000],
  [`"expirationTime":${NOW_MS + 120}`, 120],
  [`"timeout":9000,"expirationTime":${NOW_MS + 120}`, 120],
  [`"expirationTime":${NOW_MS}`, 0],
  ['"expirationTime":null', -1e12],
  ['"timeout":1e300', 1e12],
])("{%s} is a timeout of %i ms", (fields, timeoutMs) => {
  expect(read(`{"method":"m",${fields}}`)).toMatchObject({ timeout: timeoutMs * 1_000 });
});

test("Tempus has no minimum, another default, and none of the newer fields", () => {
  const tempus = (fields: string) => read(`{"method":"m"${fields}}`, DIALECTS.tempus);
  expect(tempus(',"timeout":3')).toMatchObject({ timeout: 3_000 });
  expect(tempus("")).toMatchObject({ timeout: 20_000_000 });
  expect(tempus(',"timeout":0')).toMatchObject({ timeout: 1_000 });
  expect(tempus(',"persistent":true,"requestUUID":1,"expirationTime":5')).toMatchObject({ timeout: 20_000_000 });
});

test.each([
  ["absent", '{"method":"m"}', "null"],
  ["any value", '{"method":"m","params":[1, {"a": "b c"}]}', '[1,{"a":"b c"}]'],
  ["a number no double holds", '{"method":"m","params":{"id": 9007199254740993}}', '{"id":9007199254740993}'],
  ["a nested namesake", '{"a":{"params":1234567890123456789},"params":2,"method":"m"}', "2"],
  ["the last of two", '{"params":1234567890123456789,"params":[3],"method":"m"}', "[3]"],
  ["an escaped name", '{"\\u0070arams":12345678901234567890,"method":"a\\"}"}', "12345678901234567890"],
  ["trailing words", '{"method":"m","params":1} and more', "1"],
])("params: %s", (_name, body, params) => {
  expect(read(body)).toMatchObject({ params });
});

test.each(['{"method":"m"', "x", "}", '"', "12x", '{"method":"m","requestUUID":1}'])(
  "%s is a problem, not a call",
  (body) => {
    expect(read(body)).toHaveProperty("errorCode");
  },
);
