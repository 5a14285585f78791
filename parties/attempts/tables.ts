export { lockout } from "../kernel/lockout-store.ts";
