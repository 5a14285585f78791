import { Laptop, Smartphone, SquareTerminal, Tablet, type LucideIcon } from "lucide-react";
import type { SessionInfo } from "../../../schema/http/identity.ts";
import type { Presence } from "../../../schema/presence.ts";
import { useFormats } from "../formats.tsx";
import { deviceKind, type DeviceKind } from "./device-kind.ts";

const ICONS: Record<DeviceKind, LucideIcon> = {
  phone: Smartphone,
  tablet: Tablet,
  laptop: Laptop,
  program: SquareTerminal,
};
const PRESENCE_WORDS: Record<Presence, string> = { online: "Online now", away: "Away", offline: "Offline" };

interface DeviceRowProps {
  session: SessionInfo;
  /** False while nothing says who is connected. */
  presenceKnown: boolean;
  /** In milliseconds. */
  now: number;
  onRevoke: () => void;
}

/** One signed-in device. */
export function DeviceRow({ session, presenceKnown, now, onRevoke }: DeviceRowProps) {
  const { formatAgo, formatShortDate } = useFormats();
  const { id, deviceName, ipAddress, lastActive, createdAt, current } = session;
  const presence = presenceKnown ? session.presence : null;
  const Icon = ICONS[deviceKind(deviceName)];
  return (
    <li className="row" id={id}>
      <Icon className="row__icon" aria-hidden="true" />
      <div className="row__main">
        <p className="row__title">
          {deviceName} {current ? <span className="badge badge--on">This device</span> : null}
        </p>
        <p className="meta">
          {presence === null ? null : (
            <span>
              <span className={`presence presence--${presence}`}>{PRESENCE_WORDS[presence]}</span>
            </span>
          )}
          {ipAddress === null ? null : <span>{ipAddress}</span>}
          {presence === "online" ? null : <span>active {formatAgo(lastActive, now)}</span>}
          <span>signed in {formatShortDate(createdAt)}</span>
        </p>
      </div>
      {current ? null : (
        <button className="button button--small" type="button" aria-label={`Log out ${deviceName}`} onClick={onRevoke}>
          Log out
        </button>
      )}
    </li>
  );
}
