import { createContext, useContext, type ReactNode } from "react";
import { type FormatPreferences, type Formats, formatsFor } from "./format.ts";

const FormatsContext = createContext<Formats>(formatsFor());

/** Has everything in it write dates and numbers as one reader wants them; null for a stranger. */
export function WithFormats({
  preferences,
  children,
}: {
  preferences: FormatPreferences | null | undefined;
  children: ReactNode;
}) {
  return <FormatsContext.Provider value={formatsFor(preferences ?? undefined)}>{children}</FormatsContext.Provider>;
}

/** The words for dates and numbers here. */
export function useFormats(): Formats {
  return useContext(FormatsContext);
}
