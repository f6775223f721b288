/** What a hostile caller sends: the ids, names and tokens of somebody else's things, wherever one fits. */

/** The victim's things, by the name of their kind. */
export type Things = {
  readonly [kind in "device" | "customer" | "user" | "profile" | "dashboard" | "rpc" | "tenant"]: string;
};

/** The path of a door with the victim's ids in it. */
export function toVictim(path: string, things: Things): string {
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    if (name === "rpcId") return things.rpc;
    if (name === "deviceId" || name === "device" || path.includes("/device/") || path.includes("/DEVICE/")) {
      return name === "customer" ? things.customer : things.device;
    }
    const kind = { deviceProfile: "profile" }[path.split("/")[2] as "deviceProfile"] ?? path.split("/")[2];
    const id = things[kind as keyof Things];
    if (id === undefined) throw new Error(`nothing of the victim to try at ${path}`);
    return id;
  });
}

/** What a hostile caller sends to a door that takes a body: the victim's ids wherever one fits. */
export function hostileBodies(path: string, things: Things): unknown[] {
  const id = (kind: keyof Things) => ({ id: things[kind] });
  const fresh = { name: "Hostile", title: "Hostile", email: "hostile@example.org", authority: "CUSTOMER_USER" };
  const kind = {
    device: "device",
    deviceProfile: "profile",
    customer: "customer",
    dashboard: "dashboard",
    user: "user",
  }[path.split("/")[2] as "device"];
  const token = { credentialsType: "ACCESS_TOKEN", credentialsId: "hostile" };
  switch (path) {
    case "/api/device/credentials":
      return [{ deviceId: id("device"), ...token }];
    case "/api/device-with-credentials":
      return [
        { device: { ...fresh, id: id("device") }, credentials: token },
        { device: { name: "Hostile" }, credentials: { ...token, credentialsId: "Victim-token" } },
      ];
    case "/api/device":
      return [
        { ...fresh, id: id("device") },
        { ...fresh, customerId: id("customer") },
        { ...fresh, deviceProfileId: id("profile") },
      ];
    case "/api/user":
      return [
        { ...fresh, id: id("user") },
        { ...fresh, customerId: id("customer") },
        { ...fresh, tenantId: id("tenant"), customerId: id("customer") },
        { ...fresh, email: "VICTIM-user@example.org" },
      ];
    default:
      return kind !== undefined && path.split("/").length === 3 ? [{ ...fresh, id: id(kind as "device") }] : [{}];
  }
}
