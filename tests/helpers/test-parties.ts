/**
 * Parties that exist only in tests: binding name to class name. The classes are exported by `worker.ts` beside this
 * file; each needs an entry in `TEST_PARTIES` to become a Durable Object with SQLite.
 */
export const TEST_PARTIES: Record<string, string> = {
  TestCounter: "TestCounter",
  TestGreeter: "TestGreeter",
  Guestbook: "Guestbook",
};
