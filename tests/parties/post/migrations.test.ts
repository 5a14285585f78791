import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { migrate } from "../../../parties/kernel/migrations.ts";
import { postSpec } from "../../../parties/post/spec.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { crash } from "../../helpers/objects.ts";
import { givenPost } from "../support.ts";

withD1Migrations();

test("a post of the first version is counted when it meets the totals", async () => {
  const post = await givenPost();
  await post.party.getPresence({});
  await runInDurableObject(post.object, (_, { storage }) => {
    const { sql } = storage;
    for (const table of ["facts", "people", "reactions", "comments", "totals"]) sql.exec(`DROP TABLE ${table}`);
    sql.exec("DELETE FROM k_migrations WHERE id NOT LIKE 'kernel/%'");
    migrate(storage, postSpec.migrations.slice(0, 1), 0);
    sql.exec("INSERT INTO reactions VALUES ('usr_a', 'like', 1), ('usr_b', 'like', 2), ('usr_b', 'love', 3)");
    sql.exec("INSERT INTO people VALUES ('usr_a', 'Ann', NULL)");
    sql.exec(`INSERT INTO comments (id, author_id, content, html, html_version, mentions, depth, created_at, deleted_at)
      VALUES ('cmt_a', 'usr_a', 'text', '<p>text</p>', 1, '[]', 0, 1, NULL), ('cmt_b', 'usr_a', '', '', 1, '[]', 0, 2, 3)`);
  });
  await crash(post.object);
  const state = await post.party.read({ principal: ANONYMOUS });
  expect(state.reactions.counts).toEqual({ like: 2, love: 1, insightful: 0, celebrate: 0, curious: 0 });
  expect(state.commentCount).toBe(1);
  expect(state.comments).toMatchObject([{ author: { name: "Ann" } }, { deleted: true }]);
});
