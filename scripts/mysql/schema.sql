-- The users table these scripts expect. InnoDB, since only tables with transactions can be tried safely.
CREATE TABLE users (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(254) NOT NULL,
  email_verified TINYINT(1) NOT NULL DEFAULT 0,
  username VARCHAR(128),
  given_name VARCHAR(150),
  family_name VARCHAR(150),
  name VARCHAR(300),
  nickname VARCHAR(300),
  password VARCHAR(255) NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME ON UPDATE CURRENT_TIMESTAMP,
  last_login DATETIME,
  UNIQUE KEY users_email (email),
  UNIQUE KEY users_username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
