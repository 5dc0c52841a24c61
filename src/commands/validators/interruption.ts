/** Ctrl-C while keys are being opened. */

/** The first Ctrl-C ends after the keys under way, the second at once; neither loses a key that was committed. */
export function onInterrupt(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    process.stderr.write("\nfinishing the keys under way; Ctrl-C once more ends at once\n");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    end() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
