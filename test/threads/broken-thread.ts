/** A thread that cannot start. */
throw new Error("self-test failed");
