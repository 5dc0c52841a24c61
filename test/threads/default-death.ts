/** A process whose thread dies, for the test of what happens then by default. */
import { startThread } from "../../src/threads/call-queue.ts";
import { remote } from "../../src/threads/remote.ts";
import type { EchoThread } from "./echo-thread.ts";

const thread = startThread({
  url: new URL("./echo-thread.ts", import.meta.url),
  name: "echo",
  queueMax: 8,
  batchMax: 8,
});
await thread.ready();
await remote<EchoThread>(thread)
  .lose()
  .then(
    () => process.stdout.write("answered"),
    () => process.stdout.write("rejected"),
  );
