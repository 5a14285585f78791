CREATE TABLE `lockout` (
	`id` integer PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
