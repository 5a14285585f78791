import { describe, expect, test } from "vitest";
import { violation } from "../../scripts/lint/zones.ts";

describe("the arrows allow", () => {
  test.for<[file: string, source: string]>([
    ["schema/parties/post.ts", "../ids.ts"],
    ["schema/http/posts.ts", "zod"],
    ["parties/kernel/party.ts", "../../schema/errors.ts"],
    ["parties/kernel/party.ts", "partyserver"],
    ["parties/post/party.ts", "../kernel/index.ts"],
    ["parties/post/party.ts", "./domain/threads.ts"],
    ["parties/post/party.ts", "../session/index.ts"],
    ["server/routes/posts.ts", "../../parties/post/index.ts"],
    ["server/routes/pages.ts", "../../client/web/pages/index.ts"],
    ["server/routes/pages.ts", "../../client/web/document.tsx"],
    ["client/core/client.ts", "../../schema/protocol.ts"],
    ["client/react/use-post.ts", "../core/index.ts"],
    ["client/web/entries/post.tsx", "../../react/index.ts"],
    ["client/web/pages/post.tsx", "../parts/frame.tsx"],
    ["tests/server/posts.test.ts", "../../server/app.ts"],
    ["vite.config.ts", "./scripts/lib/jsx.ts"],
    ["scripts/dev.ts", "../tests/fakes/oidc-provider.ts"],
  ])("%s to import %s", ([file, source]) => {
    expect(violation(file, source)).toBeUndefined();
  });
});

describe("the arrows forbid", () => {
  test.for<[file: string, source: string]>([
    ["schema/protocol.ts", "../parties/kernel/spec.ts"],
    ["schema/parties/post.ts", "../../client/core/index.ts"],
    ["schema/protocol.ts", "../server/env.ts"],
    ["parties/kernel/party.ts", "../post/index.ts"],
    ["parties/kernel/party.ts", "../../server/env.ts"],
    ["parties/kernel/party.ts", "../../client/core/index.ts"],
    ["parties/post/party.ts", "../session/party.ts"],
    ["parties/post/party.ts", "../../server/env.ts"],
    ["parties/post/party.ts", "partyserver"],
    ["server/routes/pages.ts", "../../client/web/post/thread.ts"],
    ["server/routes/pages.ts", "../../client/core/index.ts"],
    ["server/routes/parties.ts", "partyserver"],
    ["client/core/client.ts", "../react/index.ts"],
    ["client/core/client.ts", "../../parties/post/index.ts"],
    ["client/react/use-post.ts", "../web/api.ts"],
    ["client/web/api.ts", "../../server/app.ts"],
    ["client/web/pages/post.tsx", "../../../parties/post/index.ts"],
    ["migrations/tools/cli.ts", "../../server/app.ts"],
    ["scripts/serve.ts", "../server/app.ts"],
    ["server/worker.ts", "../tests/helpers/clock.ts"],
    ["server/routes/oauth.ts", "../../tests/fakes/oidc-provider.ts"],
    ["scripts/dev.ts", "../tests/helpers/clock.ts"],
  ])("%s to import %s", ([file, source]) => {
    expect(violation(file, source)).toBeTypeOf("string");
  });
});
