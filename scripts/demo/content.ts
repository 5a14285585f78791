/** Who wrote and said what in the demo sites. The posts' texts are the Markdown files beside this one, by slug. */
export const PEOPLE = {
  alice: "Alice Marlow",
  tomas: "Tomás Herrera",
  ines: "Inês Duarte",
  wen: "Wen Li",
  ruth: "Ruth Okafor",
  jonas: "Jonas Lindqvist",
} as const;
export type Person = keyof typeof PEOPLE;

type Reaction = "like" | "love" | "insightful" | "celebrate" | "curious";

export interface Remark {
  /** Names the remark for good, so that a repeated run doesn't say it twice. */
  key: string;
  by: Person;
  says: string;
  replies?: readonly Remark[];
}

export interface Story {
  title: string;
  slug: string;
  tags: readonly string[];
  remarks: readonly Remark[];
  reactions: readonly (readonly [Person, Reaction])[];
}

/** A page in the menu; its text is the Markdown file of this name beside this one. */
interface DemoPage {
  slug: string;
  title: string;
  file: string;
}

interface DemoTrail {
  slug: string;
  title: string;
  description: string;
  waypoints: readonly {
    id: string;
    title: string;
    description: string;
    status: "planned" | "in_progress" | "complete" | "deferred";
    icon: string;
  }[];
}

export interface Site {
  subdomain: string;
  displayName: string;
  owner: Person;
  /** What its owner has set. */
  config: object;
  pages: readonly DemoPage[];
  trails: readonly DemoTrail[];
  stories: readonly Story[];
}

const SMALL_WOOD: Site = {
  subdomain: "alice",
  displayName: "Notes from a Small Wood",
  owner: "alice",
  config: { timeZone: "Europe/London" },
  pages: [{ slug: "about", title: "About the wood", file: "about-the-wood" }],
  trails: [
    {
      slug: "the-north-coupe",
      title: "The north coupe",
      description: "Bringing the oldest corner of the wood back into rotation, a winter at a time.",
      waypoints: [
        {
          id: "fence",
          title: "Fence out the deer",
          description: "Dead hedge on three sides; the stream does the fourth.",
          status: "complete",
          icon: "hammer",
        },
        {
          id: "cut",
          title: "Cut the first forty stools",
          description: "The ones that were last cut before I was born come first.",
          status: "in_progress",
          icon: "tree-pine",
        },
        {
          id: "plant",
          title: "Plant up the gaps",
          description: "Layering where a stool can reach, whips where it cannot.",
          status: "planned",
          icon: "sprout",
        },
        {
          id: "ride",
          title: "Widen the ride",
          description: "Waits until the orchids there have set seed.",
          status: "deferred",
          icon: "leaf",
        },
      ],
    },
  ],
  stories: [
    {
      title: "What the hazel does when nobody is looking",
      slug: "what-the-hazel-does",
      tags: ["woodland", "coppice"],
      remarks: [
        {
          key: "hazel-cut",
          by: "jonas",
          says: "Do you slope the cut so that the rain runs off, or is that one of those things everybody repeats?",
          replies: [
            {
              key: "hazel-slope",
              by: "alice",
              says: "I slope it because I was taught to. The stools I cut flat by mistake in 2019 have grown *exactly* as well.",
            },
          ],
        },
        {
          key: "hazel-deer",
          by: "ruth",
          says: "The brushwood heaps are clever. Ours get browsed to the ground by March, fence or no fence.",
        },
      ],
      reactions: [
        ["ines", "love"],
        ["ruth", "like"],
        ["jonas", "insightful"],
        ["wen", "like"],
      ],
    },
    {
      title: "A year of listening before planting anything",
      slug: "a-year-of-listening",
      tags: ["garden", "field notes"],
      remarks: [
        {
          key: "listening-frost",
          by: "ines",
          says: "The frost map is the part I wish I had made. I planted two plums in the coldest corner of the garden, and they have never forgiven me.",
          replies: [
            {
              key: "listening-plums",
              by: "wen",
              says: "You can still move them while they sulk. Ours went in their fourth winter and fruited in the sixth.",
            },
          ],
        },
      ],
      reactions: [
        ["ines", "insightful"],
        ["wen", "love"],
        ["tomas", "like"],
      ],
    },
    {
      title: "Field notes: the pond in eleven visits",
      slug: "the-pond-in-eleven-visits",
      tags: ["field notes", "water"],
      remarks: [
        {
          key: "pond-newt",
          by: "ruth",
          says: "Smooth newt, I think, from the spotted throat. The palmate's is plain. Did you see whether it had a crest?",
          replies: [
            {
              key: "pond-crest",
              by: "alice",
              says: "A low, wavy one along the whole back, so smooth it is. Thank you! I have corrected visit six.",
              replies: [{ key: "pond-glad", by: "ruth", says: "Good pond, then. They are fussy about company." }],
            },
          ],
        },
        {
          key: "pond-jar",
          by: "wen",
          says: "What size is the jar? Mine always turn out to hold either nothing or everything.",
        },
      ],
      reactions: [
        ["ruth", "celebrate"],
        ["wen", "curious"],
        ["jonas", "like"],
      ],
    },
  ],
};

const SLOW_BENCH: Site = {
  subdomain: "slow-bench",
  displayName: "The Slow Bench",
  owner: "tomas",
  config: { theme: { accent: "clay" }, timeZone: "Europe/Madrid" },
  pages: [{ slug: "about", title: "About the bench", file: "about-the-bench" }],
  trails: [],
  stories: [
    {
      title: "Sharpening is not a ceremony",
      slug: "sharpening-is-not-a-ceremony",
      tags: ["tools", "craft"],
      remarks: [
        {
          key: "sharp-strop",
          by: "jonas",
          says: "Two stones and a strop, yes. I sold a drawer of jigs last year and have not missed one of them.",
        },
        {
          key: "sharp-angle",
          by: "ines",
          says: "How do you keep the angle without a guide? Mine comes out rounded, however slowly I go.",
          replies: [
            {
              key: "sharp-elbows",
              by: "tomas",
              says: "Lock the wrists and move from the knees. It looks ridiculous, and it works the first time.",
            },
          ],
        },
      ],
      reactions: [
        ["jonas", "like"],
        ["ines", "curious"],
        ["alice", "insightful"],
      ],
    },
    {
      title: "A stool from one plank",
      slug: "a-stool-from-one-plank",
      tags: ["craft", "green wood"],
      remarks: [
        {
          key: "stool-ash",
          by: "alice",
          says: "If you want more ash, a windblown one is lying across our lower ride. Bring a saw and a flask.",
          replies: [
            { key: "stool-saturday", by: "tomas", says: "Saturday. I will bring both, and the stool to sit on." },
          ],
        },
      ],
      reactions: [
        ["alice", "love"],
        ["wen", "celebrate"],
        ["ruth", "like"],
      ],
    },
    {
      title: "Mending the blue bowl",
      slug: "mending-the-blue-bowl",
      tags: ["repair", "craft"],
      remarks: [
        {
          key: "bowl-gold",
          by: "wen",
          says: "My grandmother used brass powder and told everyone it was gold. Nobody ever asked twice.",
        },
        { key: "bowl-wait", by: "ruth", says: "“The waiting is the repair” is going on the wall above my own bench." },
      ],
      reactions: [
        ["wen", "love"],
        ["ruth", "love"],
        ["alice", "like"],
        ["ines", "like"],
      ],
    },
  ],
};

export const SITES: readonly Site[] = [SMALL_WOOD, SLOW_BENCH];
