import { describe, expect, test } from "vitest";
import { githubProvider } from "../../server/auth/oauth/github-provider.ts";
import { identityFrom } from "../../server/auth/oauth/identity.ts";

const told = {
  provider: "oidc:https://id.example",
  subject: "1",
  names: ["Ada"],
  picture: undefined,
  email: "ada@example.com",
  emailVerified: true,
};

describe("what a provider tells of somebody is kept", () => {
  test.for<[names: unknown[], kept: string]>([
    [["Ada Ash", "ada"], "Ada Ash"],
    [[undefined, 7, "  ", "\u200b\u200d", "ada"], "ada"],
    [["  Ada\n\tAsh\u0000 "], "Ada Ash"],
    [["\u202eAda\u202c\u2066"], "Ada"],
    [["ada@example.com"], "ada"],
    [["Ada \ud83d Ash"], "Ada \ufffd Ash"],
    [["a".repeat(5_000)], "a".repeat(80)],
    [["\u{1f331}".repeat(60)], "\u{1f331}".repeat(40)],
    [[`${"a".repeat(79)}\u{1f331}`], "a".repeat(79)],
    [[undefined, { toString: "x" }], "Someone"],
  ])("with a name that fits on a line: %j", ([names, kept]) => {
    expect(identityFrom({ ...told, names }).name).toBe(kept);
  });

  test.for<[picture: unknown, kept: string | null]>([
    ["https://a.example/1.png", "https://a.example/1.png"],
    ["http://a.example/1.png", null],
    ["javascript:alert(1)", null],
    ["data:image/png;base64,AA", null],
    ["/1.png", null],
    [`https://a.example/${"a".repeat(2_000)}`, null],
    [["https://a.example/1.png"], null],
  ])("with a picture only over TLS: %s", ([picture, kept]) => {
    expect(identityFrom({ ...told, picture }).picture).toBe(kept);
  });

  test.for<unknown>(["ada", "ada@", `${"a".repeat(250)}@example.com`, null, 7, ["ada@example.com"]])(
    "with an address only if it is one: %s",
    (email) => {
      expect(identityFrom({ ...told, email })).toMatchObject({ email: null, emailVerified: false });
    },
  );

  test.for(["", "a".repeat(256), "a\u0000", "\u{1f331}", "\ud800"])("but not without a subject: %j", (subject) => {
    expect(() => identityFrom({ ...told, subject })).toThrow(RangeError);
  });
});

describe("number 1234 of GitHub", () => {
  /** Who somebody is whom a GitHub at this address calls 1234. */
  async function arrivedAt(address: string) {
    const provider = githubProvider({
      key: "github",
      label: "GitHub",
      clientId: "id",
      clientSecret: "secret",
      address,
    });
    const answers: Record<string, unknown> = {
      "/access_token": { access_token: "token", token_type: "bearer", scope: "" },
      "/user": { id: 1234, login: "ada" },
      "/emails": [],
    };
    const secrets = { state: "s".repeat(43), nonce: "n", verifier: "v".repeat(43) };
    const answer = new URLSearchParams({ code: "c", state: secrets.state });
    const { identity } = await provider.arrive(answer, "http://localhost/back", secrets, async (url) => {
      const path = new URL(url).pathname;
      return await Promise.resolve(Response.json(answers[path.slice(path.lastIndexOf("/"))]));
    });
    return `${identity.provider} ${identity.subject}`;
  }

  test.for([
    ["https://github.com", "github 1234"],
    ["https://github.com/", "github 1234"],
    ["https://GitHub.com", "github 1234"],
    ["https://git.example", "github:https://git.example 1234"],
    ["https://git.example/", "github:https://git.example 1234"],
    ["https://github.com.example", "github:https://github.com.example 1234"],
  ] as const)("is at %s: %s", async ([address, filed]) => {
    expect(await arrivedAt(address)).toBe(filed);
  });
});
