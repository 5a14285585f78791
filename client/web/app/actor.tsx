import { useEffect, useState } from "react";
import type { Person } from "../../../schema/principal.ts";
import { call } from "../api.ts";

/** Who has been asked for on this page, so that a list with one actor asks once. */
const people = new Map<string, Promise<Pick<Person, "name">>>();

/** Somebody who did something, by name once that is known, and with a link to them. */
export function Actor({ userId }: { userId: string }) {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    let isShown = true;
    const find = async (): Promise<void> => {
      let person = people.get(userId);
      if (person === undefined) people.set(userId, (person = call("GET", `/api/users/${userId}`)));
      try {
        const found = await person;
        if (isShown) setName(found.name);
      } catch {
        // Somebody who is gone, or cannot be asked for: their id stays.
        people.delete(userId);
      }
    };
    void find();
    return () => {
      isShown = false;
    };
  }, [userId]);
  return <a href={`/admin/users/${userId}`}>{name ?? userId}</a>;
}
