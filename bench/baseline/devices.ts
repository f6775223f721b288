/** MQTT.js devices, as its documentation shows them: subscribe, parse, answer with the params. A process of its own. */
import { connectAsync } from "mqtt";

export interface BaselineDevicesOptions {
  readonly url: string;
  readonly tokens: readonly string[];
}

const FILTER = "v1/devices/me/rpc/request/+";

const { url, tokens } = JSON.parse(process.argv[2] as string) as BaselineDevicesOptions;

for (const token of tokens) {
  const client = await connectAsync(url, { username: token, clientId: `mqttjs-${token}`, protocolVersion: 4 });
  client.on("message", (topic, payload) => {
    const { params } = JSON.parse(payload.toString()) as { params: unknown };
    client.publish(topic.replace("/request/", "/response/"), JSON.stringify(params));
  });
  await client.subscribeAsync(FILTER);
}
process.send?.({ kind: "ready" });
process.once("disconnect", () => process.exit());
