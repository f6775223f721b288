/** The k6 script a user writes for an open workload: a constant arrival rate, one POST and one check per iteration. */
import { check } from "k6";
import http from "k6/http";

export const options = {
  discardResponseBodies: false,
  scenarios: {
    calls: {
      executor: "constant-arrival-rate",
      exec: "call",
      rate: Number(__ENV.RATE),
      timeUnit: "1s",
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: Number(__ENV.VUS),
    },
  },
};

const params = { headers: { "content-type": "application/json", "x-authorization": "Bearer bench" } };

export function call() {
  const response = http.post(__ENV.TARGET, '{"method":"echo","timeout":5000,"params":{"nonce":"x"}}', params);
  check(response, { answered: ({ status }) => status === 200 });
}
