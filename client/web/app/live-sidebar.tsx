import type { Bootstrap } from "./bootstrap.ts";
import { useOptimistic } from "./optimistic.ts";
import type { SectionsStore } from "./sections-store.ts";
import { Sidebar } from "./sidebar.tsx";

/** The sidebar that the server rendered, as its sections change. */
export function LiveSidebar({ bootstrap, sections }: { bootstrap: Bootstrap; sections: SectionsStore }) {
  const { value } = useOptimistic(sections);
  return <Sidebar sections={value} role={bootstrap.role} path={bootstrap.path} />;
}
