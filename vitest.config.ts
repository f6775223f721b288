import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{protocol,server,simulator,scenarios,reports,cli,test,bench}/**/*.test.ts"],
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Live tests open thousands of loopback sockets and spawn k6; two files at once would measure each other.
    maxWorkers: 1,
    coverage: {
      provider: "v8",
      include: ["protocol/**", "server/**", "simulator/**", "scenarios/*.ts", "reports/**"],
      exclude: ["**/*.test.ts", "**/*.properties.ts"],
    },
  },
});
