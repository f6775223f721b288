/** What a gateway needs to know of devices (contract 8.1). */
export interface GatewayDevices {
  /** Whether the device's additionalInfo says that it is a gateway. */
  isGateway(device: string): boolean;
  /** Id of the device of this name in the gateway's tenant, made when there is none; undefined when it cannot be made. */
  findOrCreate(gateway: string, name: string, type: string): string | undefined;
}
