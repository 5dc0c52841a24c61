/** Why the EOTS manager does not listen. It is a file of its own, so that whoever catches it loads no gRPC. */

/** Its address cannot be listened on. */
export class DoorError extends Error {
  override readonly name = "DoorError";
}
