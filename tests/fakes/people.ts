/** Somebody with an account at a fake provider. */
export interface FakePerson {
  subject: string;
  name: string;
  email: string;
  emailVerified: boolean;
}

/** Who may be chosen where nobody has said who it is. The first owns the first demo site. */
export const DEMO_PEOPLE: readonly FakePerson[] = [
  { subject: "1001", name: "Alice Thorn", email: "alice@understory.example", emailVerified: true },
  { subject: "1002", name: "Ruth Okafor", email: "ruth@understory.example", emailVerified: true },
  { subject: "1003", name: "Wen Li", email: "wen@understory.example", emailVerified: false },
];
