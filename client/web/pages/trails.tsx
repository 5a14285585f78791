import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { TrailProgress, WaypointBadge, WaypointIcon } from "../parts/waypoints.tsx";
import type { Waypoint } from "../../../schema/http/admin/trails.ts";
import type { TrailProps, TrailsProps } from "./props.ts";

/** The plans that a site shows its readers. */
export function renderTrails({ shell, trails }: TrailsProps): string {
  const name = shell.tenant?.displayName ?? "Understory";
  return renderDocument({
    shell,
    title: "Trails",
    description: `Where ${name} is going.`,
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <div className="masthead">
            <h1 className="masthead__title">Trails</h1>
          </div>
          {trails.length === 0 ? (
            <div className="empty">
              <p className="empty__title">No trail has been laid yet</p>
              <p>
                <a href="/">Read what there is on {name}</a>
              </p>
            </div>
          ) : (
            <div className="entries">
              {trails.map(({ slug, title, description, complete, total }) => (
                <article className="entry" key={slug}>
                  <h2 className="entry__title">
                    <a href={`/trails/${slug}`}>{title}</a>
                  </h2>
                  {description === "" ? null : <p className="entry__excerpt">{description}</p>}
                  <TrailProgress complete={complete} total={total} />
                </article>
              ))}
            </div>
          )}
        </div>
      </Frame>
    ),
  });
}

/** One plan: its waypoints in order, and how far it has come. */
export function renderTrail({ shell, trail }: TrailProps): string {
  const { title, description, waypoints } = trail;
  const complete = waypoints.filter(({ status }) => status === "complete").length;
  return renderDocument({
    shell,
    title,
    ...(description === "" ? {} : { description }),
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <div className="masthead">
            <div>
              <p className="masthead__kicker">
                <a href="/trails">Trails</a>
              </p>
              <h1 className="masthead__title">{title}</h1>
            </div>
          </div>
          {description === "" ? null : <p className="trail__description">{description}</p>}
          <TrailProgress complete={complete} total={waypoints.length} />
          <ol className="trail">
            {waypoints.map((waypoint) => (
              <Stop key={waypoint.id} waypoint={waypoint} />
            ))}
          </ol>
        </div>
      </Frame>
    ),
  });
}

function Stop({ waypoint: { id, title, description, status, icon, links } }: { waypoint: Waypoint }) {
  return (
    <li className={`stop stop--${status}`} id={id}>
      <span className="stop__icon">
        <WaypointIcon name={icon} />
      </span>
      <div className="stop__main">
        <h2 className="stop__title">{title}</h2>
        <WaypointBadge status={status} />
        {description === "" ? null : <p className="stop__text">{description}</p>}
        {links.length === 0 ? null : (
          <ul className="stop__links" aria-label={`Links of ${title}`}>
            {links.map(({ label, href }) => (
              <li key={`${label} ${href}`}>
                <a href={href} rel="noopener">
                  {label}
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}
