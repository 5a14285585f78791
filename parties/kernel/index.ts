/** The kernel's public interface: what an author of parties, and the edge, may use. */
export { auditStatements } from "./audit.ts";
export { partyOf } from "./define-party.ts";
export { decodeCursor, encodeCursor } from "./cursor.ts";
export { checkOrigin, type Destination, destinationOf, openSocket, refuseSocket } from "./door.ts";
export { type Statement } from "./couriers.ts";
export { FORGIVEN_AFTER_MS, lockedForMs } from "./lockout.ts";
export { clearLockout, countFailure, liftLock, readLockout } from "./lockout-store.ts";
export { describeError, log } from "./log.ts";
export { type Migration, migrationsFrom } from "./migrations.ts";
export { type PartyEnv } from "./naming.ts";
export { type PartyInspection, type PartyOwnMethods } from "./own-methods.ts";
export { type Admission } from "./party.ts";
export { prepareOnce } from "./prepare-once.ts";
export { newId, runtime } from "./runtime.ts";
export { keyringOf, keyringSchema, SealError } from "./seal.ts";
export { type Socket } from "./sockets.ts";
export { command, type FrameHandlers, job, procedure } from "./spec.ts";
export { type Stub, stubOf } from "./stub.ts";
