import type { ReactionType, Reactions } from "../../schema/reactions.ts";

interface Wish {
  readonly on: boolean;
  /** The count when it was made: once another is known, the server may have counted the wish already. */
  readonly countThen: number | undefined;
}

/** Reactions that were asked for and are not answered yet, shown as if they had been granted. */
export class OwnReactions {
  readonly #wishes = new Map<ReactionType, Wish>();

  /** Adds a wish over what is `known`; the returned function takes it back unless a later one replaced it. */
  wish(type: ReactionType, on: boolean, known: Reactions | undefined): () => void {
    const wish: Wish = { on, countThen: known?.counts?.[type] };
    this.#wishes.set(type, wish);
    return () => {
      if (this.#wishes.get(type) === wish) this.#wishes.delete(type);
    };
  }

  /** What to show: `known` with the wishes in it. */
  over(known: Reactions): Reactions {
    let { counts, mine } = known;
    for (const [type, { on, countThen }] of this.#wishes) {
      if (mine.includes(type) === on) continue;
      mine = on ? [...mine, type] : mine.filter((other) => other !== type);
      if (counts === undefined || counts[type] !== countThen) continue;
      counts = { ...counts, [type]: Math.max(0, counts[type] + (on ? 1 : -1)) };
    }
    return counts === undefined ? { mine } : { counts, mine };
  }
}
