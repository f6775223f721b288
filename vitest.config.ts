import { defineConfig } from "vitest/config";

/** These read a clock, or fill the machine: two at once would measure each other. */
const ALONE = [
  "test/live-run.test.ts",
  "test/live-view.test.ts",
  "test/generator-harm.test.ts",
  "test/client-calls.test.ts",
  "test/known-issues.test.ts",
  "test/fleet.test.ts",
  "test/fuzz.test.ts",
  "test/kill-nine.test.ts",
  "test/transports/*.test.ts",
  "test/faults/*.test.ts",
  "scenarios/k6-example.test.ts",
  "simulator/**/*.test.ts",
  "bench/**/*.test.ts",
];

export default defineConfig({
  test: {
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["{protocol,server,scenarios,reports,cli,test}/**/*.test.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
    coverage: {
      provider: "v8",
      include: ["protocol/**", "server/**", "simulator/**", "scenarios/*.ts", "reports/**"],
      exclude: ["**/*.test.ts", "**/*.properties.ts"],
    },
  },
});
