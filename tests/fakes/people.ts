/** Somebody with an account at a fake provider. */
export interface FakePerson {
  subject: string;
  name: string;
  email: string;
  emailVerified: boolean;
}

/** Who may be chosen where nobody has said who it is. None of them is one of the demo's people, who sign in otherwise. */
export const DEMO_PEOPLE: readonly FakePerson[] = [
  { subject: "1001", name: "Noor Haddad", email: "noor@understory.example", emailVerified: true },
  { subject: "1002", name: "Jonas Weber", email: "jonas@understory.example", emailVerified: true },
  { subject: "1003", name: "Mei Tanaka", email: "mei@understory.example", emailVerified: false },
];
