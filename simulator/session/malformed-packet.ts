/** Bytes that no MQTT peer may send. It ends the session that met them and no other. */
export class MalformedPacket extends Error {
  override readonly name = "MalformedPacket";
}
