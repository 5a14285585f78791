import { describe, expect, test } from "vitest";
import { ApiError } from "../../../client/web/api.ts";
import type { DraftKeeper } from "../../../client/web/app/draft-keeper.ts";
import { fieldsOfDraft } from "../../../client/web/app/fields.ts";
import { Device, FakeDraftServer, INTERVAL_MS, POST, settle, textOf } from "../helpers/draft-bench.ts";

function look(keeper: DraftKeeper) {
  const { status, fields, offer, conflict, isRestored } = keeper.getSnapshot();
  return {
    status: status.state,
    text: fields.content,
    offered: offer?.content,
    against: conflict?.content,
    isRestored,
  };
}

async function saved(device: Device): Promise<void> {
  device.clock.advance(INTERVAL_MS);
  await settle();
}

describe("typing", () => {
  test("is on the device at once, and on the server after an interval", async () => {
    const server = new FakeDraftServer();
    const laptop = new Device("laptop", server);
    const keeper = await laptop.open();
    keeper.change(textOf("More."));
    expect(look(keeper)).toMatchObject({ status: "here", text: "More." });
    expect(laptop.shelf.kept.get("ferns")).toMatchObject({ fields: textOf("More."), isSent: false });
    expect(server.saves).toEqual([]);
    await saved(laptop);
    expect(look(keeper).status).toBe("saved");
    expect(server.drafts.get("ferns")).toMatchObject({
      content: "More.",
      deviceId: "laptop",
      metadata: { revision: 3 },
    });
    expect(laptop.shelf.kept.get("ferns")?.isSent).toBe(true);
  });

  test("is sent once an interval, however much there is of it", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    for (let key = 0; key < 100; key += 1) {
      keeper.change(textOf("x".repeat(key + 1)));
      laptop.clock.advance(INTERVAL_MS / 50);
      await settle();
    }
    expect(laptop.server.saves.length).toBe(2);
    expect(laptop.clock.pending).toBeLessThanOrEqual(1);
  });

  test("goes to the server at once when the page is left", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    keeper.change(textOf("More."));
    await keeper.flush(true);
    expect(laptop.server.drafts.get("ferns")?.content).toBe("More.");
  });

  test("that comes back to what the post says takes the draft away", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    keeper.change(textOf("More."));
    await saved(laptop);
    keeper.change(POST.fields);
    expect(look(keeper).status).toBe("none");
    await saved(laptop);
    expect(laptop.server.drafts.size).toBe(0);
    expect(laptop.shelf.kept.size).toBe(0);
    expect(laptop.clock.pending).toBe(0);
  });

  test("while the server cannot be reached says so, is tried again, and survives a reload", async () => {
    const server = new FakeDraftServer();
    const laptop = new Device("laptop", server);
    const keeper = await laptop.open();
    server.failure = new ApiError({ code: "unavailable", message: "Nobody answers." });
    keeper.change(textOf("More."));
    await saved(laptop);
    expect(keeper.getSnapshot().status).toEqual({ state: "here", reason: "Nobody answers." });
    keeper.close();

    const next = await laptop.open();
    expect(look(next)).toMatchObject({ text: "More.", isRestored: true, status: "here" });
    server.failure = null;
    await saved(laptop);
    expect(server.drafts.get("ferns")?.content).toBe("More.");
    expect(look(next).status).toBe("saved");
  });

  test("on a device that keeps nothing is on the page alone until the server has it", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    laptop.shelf.isFull = true;
    const keeper = await laptop.open();
    keeper.change(textOf("More."));
    expect(look(keeper).status).toBe("nowhere");
    await saved(laptop);
    expect(look(keeper).status).toBe("saved");
  });

  test("of somebody without drafts on the server stays on the device, without a complaint", async () => {
    const server = new FakeDraftServer();
    server.failure = new ApiError({ code: "forbidden" });
    const laptop = new Device("laptop", server);
    const keeper = await laptop.open();
    keeper.change(textOf("More."));
    await saved(laptop);
    expect(keeper.getSnapshot().status).toEqual({ state: "here", reason: null });
    expect(laptop.clock.pending).toBe(0);
    keeper.close();
    expect(look(await laptop.open())).toMatchObject({ text: "More.", isRestored: true });
  });

  test("goes on when the answer to a save was lost", async () => {
    const server = new FakeDraftServer();
    const laptop = new Device("laptop", server);
    const keeper = await laptop.open();
    server.isAnswerLost = true;
    keeper.change(textOf("One."));
    await saved(laptop);
    server.isAnswerLost = false;
    keeper.change(textOf("One. Two."));
    await saved(laptop);
    await saved(laptop);
    expect(look(keeper)).toMatchObject({ status: "saved", against: undefined });
    expect(server.drafts.get("ferns")?.content).toBe("One. Two.");
  });
});

describe("a draft of another device", () => {
  async function elsewhere() {
    const server = new FakeDraftServer();
    const [laptop, phone] = [new Device("laptop", server), new Device("phone", server)];
    const theirs = await phone.open();
    theirs.change(textOf("From the phone."));
    await saved(phone);
    return { server, laptop, phone, theirs };
  }

  test("is offered, and can be continued", async () => {
    const { server, laptop } = await elsewhere();
    const keeper = await laptop.open();
    expect(look(keeper)).toMatchObject({ offered: "From the phone.", text: "Published." });
    keeper.continueOffer();
    expect(look(keeper)).toMatchObject({ offered: undefined, text: "From the phone.", status: "saved" });
    keeper.change(textOf("From the phone, and the laptop."));
    await saved(laptop);
    expect(server.drafts.get("ferns")?.content).toBe("From the phone, and the laptop.");
  });

  test("can be discarded", async () => {
    const { server, laptop } = await elsewhere();
    const keeper = await laptop.open();
    await keeper.discardOffer();
    expect(look(keeper)).toMatchObject({ offered: undefined, text: "Published.", status: "none" });
    expect(server.drafts.size).toBe(0);
  });

  test("that says what the post says is passed over", async () => {
    const { laptop } = await elsewhere();
    const keeper = await laptop.open({ ...POST, fields: textOf("From the phone."), revision: 4 });
    expect(look(keeper)).toMatchObject({ offered: undefined, status: "none" });
  });

  test("is a conflict for who types on without looking at it: nothing is sent until somebody decides", async () => {
    const { server, laptop } = await elsewhere();
    const keeper = await laptop.open();
    keeper.change(textOf("From the laptop."));
    await saved(laptop);
    expect(look(keeper)).toMatchObject({ against: "From the phone.", offered: undefined, status: "here" });
    keeper.change(textOf("From the laptop, still."));
    await saved(laptop);
    expect(server.drafts.get("ferns")?.content).toBe("From the phone.");
    expect(laptop.shelf.kept.get("ferns")?.fields.content).toBe("From the laptop, still.");

    await keeper.keepMine();
    expect(look(keeper)).toMatchObject({ against: undefined, status: "saved" });
    expect(server.drafts.get("ferns")?.content).toBe("From the laptop, still.");
  });

  test("can be taken in the place of one's own, or put above it", async () => {
    for (const both of [false, true]) {
      const { server, laptop } = await elsewhere();
      const keeper = await laptop.open();
      keeper.change(textOf("From the laptop."));
      await saved(laptop);
      if (both) await keeper.keepBoth();
      else keeper.takeTheirs();
      const expected = both ? "From the phone.\n\n---\n\nFrom the laptop." : "From the phone.";
      expect(look(keeper)).toMatchObject({ against: undefined, text: expected, status: "saved" });
      expect(server.drafts.get("ferns")?.content).toBe(expected);
    }
  });

  test("that was saved over what waits here is a conflict when the editor opens", async () => {
    const { server, laptop, theirs, phone } = await elsewhere();
    const keeper = await laptop.open();
    keeper.continueOffer();
    server.failure = new ApiError({ code: "unavailable" });
    keeper.change(textOf("Written on the train."));
    await saved(laptop);
    keeper.close();
    server.failure = null;
    theirs.change(textOf("Written at home."));
    await saved(phone);

    const next = await laptop.open();
    expect(look(next)).toMatchObject({ text: "Written on the train.", against: "Written at home." });
    expect(next.getSnapshot().wasLeft).toBe(true);
    expect(laptop.shelf.kept.get("ferns")?.fields.content).toBe("Written on the train.");
  });

  test("that went on from what was sent here is offered", async () => {
    const { laptop, theirs, phone } = await elsewhere();
    const keeper = await laptop.open();
    keeper.continueOffer();
    keeper.close();
    theirs.change(textOf("The phone goes on."));
    await saved(phone);
    expect(look(await laptop.open())).toMatchObject({ offered: "The phone goes on.", text: "Published." });
  });

  test("that was discarded while one typed is made anew", async () => {
    const { server, laptop } = await elsewhere();
    const keeper = await laptop.open();
    keeper.continueOffer();
    keeper.change(textOf("And more."));
    server.drafts.clear();
    await saved(laptop);
    await saved(laptop);
    expect(look(keeper).status).toBe("saved");
    expect(server.drafts.get("ferns")?.content).toBe("And more.");
  });
});

describe("saving the post", () => {
  const AFTER = { fields: textOf("More."), revision: 4, slug: "ferns" };

  test("ends its draft", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    keeper.change(AFTER.fields);
    await saved(laptop);
    await keeper.postSaved(AFTER.fields, AFTER);
    expect(look(keeper).status).toBe("none");
    expect(laptop.server.drafts.size).toBe(0);
    expect(laptop.shelf.kept.size).toBe(0);
  });

  test("leaves what was typed meanwhile a draft of the new post", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    keeper.change(AFTER.fields);
    keeper.change(textOf("More. And more."));
    await keeper.postSaved(AFTER.fields, AFTER);
    await saved(laptop);
    expect(look(keeper)).toMatchObject({ text: "More. And more.", status: "saved" });
    expect(laptop.server.drafts.get("ferns")?.metadata.revision).toBe(4);
  });

  test("waits for a draft that is on its way, so that none stays behind", async () => {
    const laptop = new Device("laptop", new FakeDraftServer());
    const keeper = await laptop.open();
    keeper.change(AFTER.fields);
    const onItsWay = keeper.flush();
    await Promise.all([onItsWay, keeper.postSaved(AFTER.fields, AFTER)]);
    await saved(laptop);
    expect(laptop.server.drafts.size).toBe(0);
  });

  test("leaves another device's newer draft alone", async () => {
    const server = new FakeDraftServer();
    const [laptop, phone] = [new Device("laptop", server), new Device("phone", server)];
    const [here, there] = [await laptop.open(), await phone.open()];
    here.change(AFTER.fields);
    await saved(laptop);
    there.change(textOf("From the phone."));
    await saved(phone);
    await there.keepMine();
    await here.postSaved(AFTER.fields, AFTER);
    expect(server.drafts.get("ferns")?.content).toBe("From the phone.");
  });

  test("of a new one ends the draft that stood for it, and goes on under the post's address", async () => {
    const server = new FakeDraftServer();
    const laptop = new Device("laptop", server);
    const { DraftKeeper } = await import("../../../client/web/app/draft-keeper.ts");
    const keeper = new DraftKeeper({
      slug: "new-me",
      fields: { title: "", slug: "", tags: "", content: "" },
      postRevision: null,
      shelf: laptop.shelf,
      server,
      intervalMs: INTERVAL_MS,
      clock: laptop.clock,
    });
    await keeper.open();
    keeper.change(textOf("First."));
    await saved(laptop);
    expect([...server.drafts.keys()]).toEqual(["new-me"]);
    await keeper.postSaved(textOf("First."), { fields: textOf("First."), revision: 1, slug: "ferns" });
    expect(server.drafts.size).toBe(0);
    keeper.change(textOf("Second."));
    expect([...laptop.shelf.kept.keys()]).toEqual(["ferns"]);
    await saved(laptop);
    expect([...server.drafts.keys()]).toEqual(["ferns"]);
  });

  test("that happened elsewhere has taken in what was sent from here", async () => {
    const server = new FakeDraftServer();
    const laptop = new Device("laptop", server);
    const keeper = await laptop.open();
    keeper.change(textOf("Sent."));
    await saved(laptop);
    keeper.close();
    server.drafts.clear();
    const next = await laptop.open({ ...POST, fields: textOf("Sent, and more."), revision: 5 });
    expect(look(next)).toMatchObject({ text: "Sent, and more.", isRestored: false, status: "none" });
  });
});

test("what was left behind can be discarded", async () => {
  const laptop = new Device("laptop", new FakeDraftServer());
  const keeper = await laptop.open();
  keeper.change(textOf("More."));
  await saved(laptop);
  keeper.close();
  const next = await laptop.open();
  expect(look(next)).toMatchObject({ isRestored: true, status: "saved" });
  await next.discard({ fields: POST.fields, revision: POST.revision });
  expect(look(next)).toMatchObject({ text: "Published.", isRestored: false, status: "none" });
  expect(laptop.server.drafts.size).toBe(0);
  expect(laptop.shelf.kept.size).toBe(0);
});

test("a draft says what its fields say", () => {
  const draft = {
    slug: "ferns",
    content: "x",
    metadata: { title: "Ferns", slug: "ferns", tags: ["a", "b"] },
    lastSaved: "2026-01-01T00:00:00.000Z",
    deviceId: "d",
    revision: 1,
  };
  expect(fieldsOfDraft(draft)).toEqual({ title: "Ferns", slug: "ferns", tags: "a, b", content: "x" });
});
