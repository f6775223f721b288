/** One provision request over MQTT (contract 12.4): connect as `provision`, subscribe to the response, publish the request. */
import { connectSettings } from "./fleet/connect-settings.ts";
import type { Endpoint } from "./fleet/fleet-plan.ts";
import { MqttSession } from "./session/mqtt-session.ts";

const USER = "provision";
const RESPONSE = "/provision/response";
const REQUEST = "/provision/request";
const KEEP_ALIVE_S = 60;

/** The text of the response; rejects when the connection ends without one. */
export function provisionByMqtt({ host, port }: Endpoint, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const ignore = (): void => undefined;
    const session = new MqttSession(
      { host, port, identify: () => ({ clientId: "", token: USER }), clientCalls: false },
      {
        connected: ignore,
        ready: () => session.send(REQUEST, body),
        request: ignore,
        answer: ignore,
        message: (topic, payload) => {
          if (topic !== RESPONSE) return;
          resolve(payload);
          session.end("disconnect");
        },
        closed: (reason) => reject(new Error(reason)),
      },
    );
    const plain = connectSettings({ keepSession: false, keepAliveS: KEEP_ALIVE_S, pingFactor: 0.5, qos: 1 });
    session.connect({ ...plain, filters: [RESPONSE] });
  });
}
