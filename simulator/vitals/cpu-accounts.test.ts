import { describe, expect, it } from "vitest";
import { parseCpuTicks, parseThrottled, throttleFiles } from "./cpu-accounts.ts";

describe("steal", () => {
  it("is the eighth figure, waiting for a disk is idleness, and guests are not counted twice", () => {
    const stat = "cpu  100 5 50 800 20 1 4 20 90 3\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
    expect(parseCpuTicks(stat)).toEqual({ steal: 20, idle: 820, total: 1_000 });
  });

  it.each(["", "intr 5 6", "cpu  1 2 3 4", "cpu  a b c d e f g h"])("is unknown from %j", (stat) => {
    expect(parseCpuTicks(stat)).toBeUndefined();
  });
});

describe("throttling", () => {
  it("is read from either version in microseconds, and unknown where the group has no quota to tell of", () => {
    expect(parseThrottled("usage_usec 12\nnr_periods 9\nnr_throttled 2\nthrottled_usec 4500\n")).toBe(4_500);
    expect(parseThrottled("nr_periods 9\nnr_throttled 2\nthrottled_time 4500999\n")).toBe(4_501);
    expect(parseThrottled("usage_usec 12\nuser_usec 7\n")).toBeUndefined();
  });

  it.each([
    ["v2", "0::/user.slice/run", ["/sys/fs/cgroup/user.slice/run/cpu.stat", "/sys/fs/cgroup/cpu.stat"]],
    ["v2 in a container", "0::/", ["/sys/fs/cgroup/cpu.stat"]],
    [
      "v1",
      "5:memory:/x\n3:cpu,cpuacct:/docker/1\n1:name=systemd:/",
      [
        "/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.stat",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.stat",
        "/sys/fs/cgroup/cpu/docker/1/cpu.stat",
        "/sys/fs/cgroup/cpu/cpu.stat",
      ],
    ],
  ])("is looked for where %s has it", (_, cgroup, files) => {
    expect(throttleFiles(cgroup)).toEqual(files);
  });
});
