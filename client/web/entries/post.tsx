import { hydrateRoot } from "react-dom/client";
import { createClient } from "../../core/index.ts";
import { WithFormats } from "../formats.tsx";
import { Live } from "../post/live.tsx";
import { LIVE_DATA_ID, LIVE_ROOT_ID, type LiveData } from "../post/live-data.ts";

/** Makes a post's page live: takes over what the server rendered. */
const root = document.getElementById(LIVE_ROOT_ID);
const json = document.getElementById(LIVE_DATA_ID)?.textContent;

if (root !== null && json !== undefined && json !== null) {
  const data = JSON.parse(json) as LiveData;
  hydrateRoot(
    root,
    <WithFormats preferences={data.formats}>
      <Live data={data} client={createClient()} />
    </WithFormats>,
  );
}
